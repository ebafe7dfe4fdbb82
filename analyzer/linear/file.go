package linear

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// header stands on the first line of an encoded model.
type header struct {
	Format      string            `json:"format"`
	Name        string            `json:"name"`
	Classes     []string          `json:"classes"`
	Bits        int               `json:"bits"`
	Scale       float64           `json:"scale"`
	Bias        []float64         `json:"bias"`
	Temperature float64           `json:"temperature"`
	Sure        float64           `json:"sure"`
	Sets        map[string]string `json:"sets"`
}

// format changes when the features do: weights of other features mean nothing.
const format = "huiying-linear-1"

// Bounds of what Decode takes.
const (
	minBits, maxBits = 8, 20
)

// Encode writes the model: gzip over a line of JSON and one signed byte per
// class and row. The same model gives the same bytes.
func (m *Model) Encode(w io.Writer) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("compress a model: %w", err)
	}
	out := bufio.NewWriter(z)
	head, err := json.Marshal(header{format, m.Name, m.Classes, m.Bits, m.Scale, m.Bias, m.Temperature, m.Sure, m.Sets})
	if err != nil {
		return fmt.Errorf("write the head of a model: %w", err)
	}
	_, _ = out.Write(append(head, '\n'))
	for c := range m.Classes {
		for row := range 1 << m.Bits {
			_ = out.WriteByte(byte(int8(m.weight(row, c))))
		}
	}
	return errors.Join(out.Flush(), z.Close())
}

// Decode reads what Encode wrote. The error says what is wrong with the file;
// a model that is decoded can be asked anything.
func Decode(body []byte) (*Model, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("no model: %w", err)
	}
	in := bufio.NewReader(io.LimitReader(z, lanes<<maxBits+1<<16))
	line, err := in.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("no head: %w", err)
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return nil, fmt.Errorf("bad head: %w", err)
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	m := &Model{
		Name: h.Name, Classes: h.Classes, Bits: h.Bits, Scale: h.Scale, Bias: h.Bias,
		Temperature: h.Temperature, Sure: h.Sure, Sets: h.Sets, rows: newRows(len(h.Classes), h.Bits),
	}
	weights := make([]byte, 1<<h.Bits)
	for c := range h.Classes {
		if _, err := io.ReadFull(in, weights); err != nil {
			return nil, fmt.Errorf("cut off in class %s: %w", h.Classes[c], err)
		}
		for row, w := range weights {
			m.rows.set(row, c, int(int8(w)))
		}
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return nil, errors.New("something stands behind the weights")
	}
	return m, nil
}

func (h header) check() error {
	finite := func(list ...float64) bool {
		for _, x := range list {
			if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) > 1e6 {
				return false
			}
		}
		return true
	}
	switch {
	case h.Format != format:
		return errors.New("the format is " + strconv.Quote(h.Format) + ", wanted " + format)
	case len(h.Classes) < 2 || len(h.Classes) > lanes || len(h.Bias) != len(h.Classes):
		return errors.New("2 to 8 classes with a bias each are wanted")
	case h.Bits < minBits || h.Bits > maxBits:
		return fmt.Errorf("%d bits, wanted %d to %d", h.Bits, minBits, maxBits)
	case !finite(h.Bias...) || !finite(h.Scale, h.Temperature, h.Sure) || h.Temperature < 1e-3 || h.Scale < 0:
		return errors.New("scale, bias and temperature are to be numbers of sane size")
	}
	return nil
}
