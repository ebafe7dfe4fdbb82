package jsonl_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/analyzer/jsonl"
)

// twin is the line of encoding/json.
func twin(e *huiying.Event) (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return out.String(), err
}

// sameLine compares a line with that of encoding/json, error for error.
func sameLine(t interface{ Fatalf(string, ...any) }, e *huiying.Event) {
	want, wantErr := twin(e)
	got, err := jsonl.AppendEvent([]byte("before"), e)
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Fatalf("got %v, want %v", err, wantErr)
	}
	if err == nil && string(got) != "before"+want {
		t.Fatalf("got  %s\nwant before%s", got, want)
	}
}

// samePost compares a post with what encoding/json reads, error for error.
// Whatever the post before was must not show.
func samePost(t interface{ Fatalf(string, ...any) }, line []byte) {
	var want huiying.Post
	wantErr := json.Unmarshal(line, &want)
	before := bytes.Clone(line)
	for _, got := range []huiying.Post{{}, {ID: "weibo:1", Text: "旧", Title: "a", Held: true, Author: huiying.Author{Name: "n"}, Answers: []huiying.Answer{{Org: "o"}}, DueAt: time.Unix(5, 0), Finding: &huiying.Finding{}}} {
		err := jsonl.ReadPost(line, &got)
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Fatalf("%q: got %v, want %v", line, err, wantErr)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q:\ngot  %+v\nwant %+v", line, got, want)
		}
	}
	if !bytes.Equal(before, line) {
		t.Fatalf("the line was changed")
	}
}

// value draws something for every field, however deep, so that no field of the
// product's words is forgotten here.
func value(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.Just(""), rapid.StringN(0, 8, -1),
			rapid.SampledFrom([]string{"<b>&\"\\/", "\x00\x1f\x7f\b\f\n\r\t", "\u2028\u2029\ufffd", "a\xffb\xe4\xb8", "排队三小时😡", "\xed\xa0\x80"})).Draw(t, "string"))
	case reflect.Float64:
		v.SetFloat(rapid.OneOf(rapid.Float64(), rapid.Map(rapid.Int64Range(-2000, 2_000_000), func(n int64) float64 { return float64(n) / 1000 }),
			rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1e-7, 1e21, 1e12, 999999999999.999, 0.1 + 0.2, math.NaN(), math.Inf(1)})).Draw(t, "float"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			value(t, v.Elem())
		}
	case reflect.Slice:
		if n := rapid.IntRange(-1, 3).Draw(t, "length"); n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				value(t, v.Index(i))
			}
		}
	case reflect.Map:
		if n := rapid.IntRange(-1, 10).Draw(t, "length"); n >= 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for range n {
				key, of := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				value(t, key)
				value(t, of)
				v.SetMapIndex(key, of)
			}
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(moment(t)))
			return
		}
		for i := range v.NumField() {
			value(t, v.Field(i))
		}
	default:
		t.Fatalf("no value for a field of type %v", v.Type())
	}
}

func moment(t *rapid.T) time.Time {
	zones := []*time.Location{time.UTC, time.FixedZone("", 8*3600), time.FixedZone("", -3*3600-1800), time.FixedZone("", 25*3600)}
	return rapid.OneOf(rapid.Just(time.Time{}), rapid.Custom(func(t *rapid.T) time.Time {
		// Years beyond 9999 are among them.
		at := time.Unix(rapid.Int64Range(-70_000_000_000, 260_000_000_000).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
		return at.In(rapid.SampledFrom(zones).Draw(t, "zone"))
	})).Draw(t, "time")
}

func TestWritesAsEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var e huiying.Event
		value(t, reflect.ValueOf(&e).Elem())
		sameLine(t, &e)
	})
}

func FuzzWritesAsEncodingJSON(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		var e huiying.Event
		value(t, reflect.ValueOf(&e).Elem())
		sameLine(t, &e)
	}))
}

// What encoding/json writes is read as it reads it, and so is what is left
// when a piece of it is cut out or put in.
func TestReadsAsEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p huiying.Post
		value(t, reflect.ValueOf(&p).Elem())
		line, err := json.Marshal(p)
		if err != nil {
			t.Skip(err)
		}
		samePost(t, line)
		at, to := rapid.IntRange(0, len(line)).Draw(t, "from"), rapid.IntRange(0, 12).Draw(t, "length")
		rest := line[min(at+to, len(line)):]
		piece := rapid.SampledFrom([]string{"", " ", "null", `"`, `\`, "{}", "[]", ",", "1", "1.5", "tru", `"x":`, `\u4e2d`, "\xff", "\x01"}).Draw(t, "piece")
		samePost(t, joined(line[:at], piece, rest))
	})
}

func joined(a []byte, b string, c []byte) []byte {
	return append(append(append([]byte(nil), a...), b...), c...)
}

// odd are lines that only encoding/json knows how to take.
func odd() []string {
	return []string{
		``, ` `, `null`, `{}`, ` { } `, `[]`, `1`, `"x"`, `{`, `{"id"`, `{"id":`, `{"id":"`, `{"id":"x"`, `{"id":"x",}`, `{"id":"x"} x`, `{"id":"x"}{}`,
		`{"ID":"x"}`, `{"Id":"x","id":"y"}`, `{"ſource":"x"}`, `{"i\u0064":"x"}`, `{"id":"x","id":null}`, `{"id":null}`, `{"id":1}`, `{"id":["x"]}`,
		`{"text":"\u4e2d\ud83d\ude00\ud800"}`, `{"text":"a\xffb"}`, "{\"text\":\"a\nb\"}", `{"text":"a\nb\/\"\\"}`, `{"text":"\x"}`, `{"text":"\u12"}`, "{\"text\":\"a\xffb\"}", "{\"text\":\"\xed\xa0\x80\"}", "{\"text\":\"\u2028\"}",
		`{"unknown":{"a":[1,2,{"b":null}]},"id":"x"}`, `{"unknown":tru}`, `{"author":null}`, `{"author":{"id":"a"},"author":{"name":"b"}}`, `{"author":{"ID":"a"}}`, `{"author":[]}`,
		`{"engagement":{"likes":1.0}}`, `{"engagement":{"likes":1e2}}`, `{"engagement":{"likes":-0}}`, `{"engagement":{"likes":01}}`, `{"engagement":{"likes":-}}`, `{"engagement":{"likes":9223372036854775807}}`,
		`{"engagement":{"likes":9223372036854775808}}`, `{"engagement":{"likes":"1"}}`, `{"engagement":{"likes":1,"likes":2,"views":null}}`, `{"engagement":{"at_least":1}}`, `{"deleted":truely}`, `{"deleted":nul}`,
		`{"answers":null}`, `{"answers":[]}`, `{"answers":[null]}`, `{"answers":[{"org":"a","text":"b"},{}],"answers":[{"text":"c"}]}`, `{"answers":[{"org":"a"}],"answers":null}`, `{"answers":{}}`, `{"answers":[{"at":null}]}`, `{"answers":[1]}`, `{"answers":[{},]}`,
		`{"finding":null}`, `{"finding":{"check":"x","level":"red"}}`, `{"finding":{"check":"x"},"finding":{"found":"y"}}`, `{"finding":{"check":"x"},"finding":null}`,
		`{"collected_at":"2026-11-23T01:00:00Z"}`, `{"collected_at":"2026-11-23T01:00:00,5Z"}`, `{"collected_at":"2026-11-23T1:00:00Z"}`, `{"collected_at":"2026-02-30T01:00:00Z"}`, `{"collected_at":"2026-11-23T01:00:00.123456789+08:00"}`, `{"collected_at":"2026-11-23T01:00:00+24:00"}`,
		`{"collected_at":null}`, `{"collected_at":""}`, `{"collected_at":1}`, `{"collected_at":"2026\u002d11-23T01:00:00Z"}`,
		"\ufeff{}", "{\"id\"\t:\r\n \"x\" , \"held\":true}", "{\"id\":\"x\"}\v", "{\"id\":\"x\",\x00}",
	}
}

func TestOddLines(t *testing.T) {
	for _, line := range odd() {
		samePost(t, []byte(line))
	}
}

func FuzzReadsAsEncodingJSON(f *testing.F) {
	for _, line := range odd() {
		f.Add([]byte(line))
	}
	files, _ := filepath.Glob("../../testdata/contract/*.json")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, line []byte) { samePost(t, line) })
}

// A string of the post before is used again, so that the words that every post
// has (its source, its platform) are kept once.
func TestStringsAreUsedAgain(t *testing.T) {
	line := []byte(`{"id":"weibo:1","source":"weibo-mentions","platform":"weibo","kind":"post","text":"` + strings.Repeat("好", 100) + `","collected_at":"2026-11-23T01:00:00Z"}`)
	var p huiying.Post
	if err := jsonl.ReadPost(line, &p); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = jsonl.ReadPost(line, &p) }); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}

// usual is a post as a source gives it.
func usual(tb testing.TB) (line []byte, e huiying.Event) {
	tb.Helper()
	raw, err := os.ReadFile("../../testdata/contract/event.json")
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		tb.Fatal(err)
	}
	e.Data.Post.Finding = nil
	if line, err = json.Marshal(e.Data.Post); err != nil {
		tb.Fatal(err)
	}
	return line, e
}

func BenchmarkReadPost(b *testing.B) {
	line, _ := usual(b)
	var p huiying.Post
	b.Run("own", func(b *testing.B) {
		for b.Loop() {
			_ = jsonl.ReadPost(line, &p)
		}
	})
	b.Run("encoding", func(b *testing.B) {
		for b.Loop() {
			_ = json.Unmarshal(line, &p)
		}
	})
}

func BenchmarkAppendEvent(b *testing.B) {
	_, e := usual(b)
	var out []byte
	b.Run("own", func(b *testing.B) {
		for b.Loop() {
			out, _ = jsonl.AppendEvent(out[:0], &e)
		}
	})
	b.Run("encoding", func(b *testing.B) {
		for b.Loop() {
			_, _ = twin(&e)
		}
	})
}
