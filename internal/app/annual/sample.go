package annual

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/report/annual"
	"huiying/internal/report/annual/exchange"
	"huiying/internal/store"
)

// WithSample hands over a desk whose register holds the worked example, taken
// in as every other file is, in a store that is gone afterwards. The desk given
// lends all but its store.
func WithSample(ctx context.Context, d Desk, do func(desk Desk, year int) error) (err error) {
	dir, err := os.MkdirTemp("", "huiying-sample")
	if err != nil {
		return fmt.Errorf("make a place for the sample: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, "sample.db"), MACKey: []byte("the sample's records are nobody's"), Now: d.Now, Zone: d.Measure.Zone})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	d.Store, d.Accounts, d.Office, d.Known = s, nil, annual.SampleOffice, nil
	raw, _ := annual.Sample()
	year, _, err := d.Import(ctx, raw, exchange.YAML, query.NewDisclosure{Actor: huiying.Actor{ID: "sample"}})
	if err != nil {
		return err
	}
	return do(d, year)
}
