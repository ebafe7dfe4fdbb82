package casefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"huiying"
)

// MaxSize is how large a case file may be, in bytes.
const MaxSize = 64 << 20

// maxDepth bounds nesting; a case file has six levels.
const maxDepth = 32

// object is the sections of a case file: their canonical text by name.
type object map[string]string

// sections reads a case file down to its sections. Numbers stay as they are
// written, keys are ordered, white space is gone, so that a file that was
// indented anew is the same file. A key that stands twice, in whatever case, is
// refused: two programs might read two values.
func sections(raw []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := value(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more follows behind the end")
	}
	top, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("not an object")
	}
	out := object{}
	for name, part := range top {
		if out[name], err = canonical(part); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func value(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errors.New("nested too deep")
	}
	switch token {
	case json.Delim('{'):
		return members(d, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := value(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	return token, nil
}

func members(d *json.Decoder, depth int) (any, error) {
	out := map[string]any{}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, errors.New("a key is no string")
		}
		if seen[strings.ToLower(key)] {
			return nil, fmt.Errorf("the key %q stands twice", key)
		}
		seen[strings.ToLower(key)] = true
		if out[key], err = value(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return out, err
}

// canonical writes a value the one way it is hashed.
func canonical(v any) (string, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil { // maps are written with their keys in order
		return "", fmt.Errorf("encode case file: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// statement is the section that vouches for the others.
const statement = "statement"

// digests of every section but the statement.
func (o object) digests() map[string]string {
	out := map[string]string{}
	for name, text := range o {
		if name != statement {
			out[name] = huiying.Digest(text)
		}
	}
	return out
}

// parts are what the statement's signature covers.
func parts(sections map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		out = append(out, name, sections[name])
	}
	return out
}

// Sign is a signature with the record's key for one purpose.
type Sign func(purpose string, parts ...string) (string, error)

// JSON writes the file with its statement, for people as well: indented.
func JSON(w io.Writer, f File, sign Sign) error {
	f, err := Signed(f, sign)
	if err != nil {
		return err
	}
	return Write(w, f)
}

// Signed is the file with its statement.
func Signed(f File, sign Sign) (File, error) {
	f.Format = Format
	f.Statement = Statement{}
	raw, err := json.Marshal(f)
	if err != nil {
		return f, fmt.Errorf("encode case file: %w", err)
	}
	parted, err := sections(raw)
	if err != nil {
		return f, fmt.Errorf("encode case file: %w", err)
	}
	f.Statement.Sections = parted.digests()
	f.Statement.MAC, err = sign(Format, parts(f.Statement.Sections)...)
	return f, err
}

// Write writes a file that has its statement.
func Write(w io.Writer, f File) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(f); err != nil {
		return fmt.Errorf("write case file: %w", err)
	}
	return nil
}

// Read decodes a case file; huiying.Invalid when it is none.
func Read(raw []byte) (File, error) {
	f, _, err := read(raw)
	return f, err
}

func read(raw []byte) (f File, o object, err error) {
	if len(raw) > MaxSize {
		return f, nil, huiying.Errorf(huiying.Invalid, "casefile.too_big", MaxSize>>20)
	}
	if o, err = sections(raw); err != nil {
		return f, nil, huiying.Errorf(huiying.Invalid, "casefile.unreadable", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, nil, huiying.Errorf(huiying.Invalid, "casefile.unreadable", err)
	}
	if f.Format != Format {
		return f, nil, huiying.Errorf(huiying.Invalid, "casefile.format", f.Format, Format)
	}
	return f, o, nil
}
