package config_test

import (
	"strings"
	"testing"

	"huiying/internal/config"
)

// What holds is listed with the line that says it; no secret is.
func TestSettings(t *testing.T) {
	c, err := config.Parse("huiying.yaml", []byte(`office:
  name: 示例中心
crawler: {host_delay: 3s}
record:
  key: 0123456789abcdef0123456789abcdef
  evidence_for: 240h
bus: {url: "nats://user:hidden@bus.example:4222"}
units:
  - {id: u-hall, name: 大厅}
exports: {keep: 48h}
`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]config.Setting{}
	for _, s := range c.Settings() {
		got[s.Key] = s
		if strings.Contains(s.Value, "hidden") || strings.Contains(s.Value, "0123456789abcdef") {
			t.Errorf("%s shows a secret", s.Key)
		}
	}
	for key, want := range map[string]config.Setting{
		"office.name": {Value: "示例中心", Line: 2}, "crawler.host_delay": {Value: "3s", Line: 3}, "record.key": {Value: "***", Line: 5},
		"record.evidence_for": {Value: "10d", Line: 6}, "bus.url": {Value: "***", Line: 7}, "units": {Value: "1", Line: 8}, "exports.keep": {Value: "2d", Line: 10}, "exports.rows": {Value: "50000"}, "watermark": {Value: "true"}, "public_url": {},
	} {
		if want.Key = key; got[key] != want {
			t.Errorf("%+v, want %+v", got[key], want)
		}
	}
	if c.Line("units[0].id") != 9 {
		t.Errorf("the unit stands in line %d", c.Line("units[0].id"))
	}
}
