package jsonl

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"huiying"
)

// filled gives every field, however deep, something that is not empty.
func filled(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("中a")
	case reflect.Float64:
		v.SetFloat(0.125)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		filled(v.Index(0))
		filled(v.Index(1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, of := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		filled(key)
		filled(of)
		v.SetMapIndex(key, of)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("", 8*3600))))
			return
		}
		for i := range v.NumField() {
			filled(v.Field(i))
		}
	}
}

// Every field there is takes the fast way; a new one is missed here.
func TestEveryField(t *testing.T) {
	var e huiying.Event
	filled(reflect.ValueOf(&e).Elem())
	w := writer{}
	w.event(&e)
	var want bytes.Buffer
	if err := json.NewEncoder(&want).Encode(e); err != nil {
		t.Fatal(err)
	}
	if w.odd || string(w.out)+"\n" != want.String() {
		t.Errorf("odd %v\ngot  %s\nwant %s", w.odd, w.out, want.String())
	}
	e.Data.Post.Finding = nil // encoding/json reads those
	line, err := json.Marshal(e.Data.Post)
	if err != nil {
		t.Fatal(err)
	}
	r := reader{line: line}
	if p, ok := r.whole(&huiying.Post{}); !ok || !reflect.DeepEqual(p, e.Data.Post) {
		t.Errorf("fast %v\ngot  %+v\nwant %+v", ok, p, e.Data.Post)
	}
}
