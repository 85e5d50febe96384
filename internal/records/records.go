package records

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// NewDecoder reads JSON as Microsoft's services write it: a name may come twice,
// and a text may have half a surrogate pair, which becomes U+FFFD.
func NewDecoder(r io.Reader) *jsontext.Decoder {
	return jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// Members reads the object that the decoder is in front of, and calls take with
// the name of each member when the decoder is in front of its value: take must have
// read it when it returns.
func Members(d *jsontext.Decoder, take func(name string) error) error {
	if d.PeekKind() != '{' {
		if _, err := d.ReadToken(); err != nil {
			return err
		}
		return errNoObject
	}
	d.ReadToken()
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := take(name.String()); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

var errNoObject = errors.New("it is no object")

// Elements reads the array that the decoder is in front of, and calls take when the
// decoder is in front of an element: take must have read it when it returns. Null is
// an array without any, and something else is Unfit.
func Elements(d *jsontext.Decoder, take func() error) error {
	switch d.PeekKind() {
	case 'n':
		return d.SkipValue()
	case '[':
	case 0:
		_, err := d.ReadToken()
		return err
	default:
		return Unfit{Problem: "it is not a list of records"}
	}
	d.ReadToken()
	for d.PeekKind() != ']' {
		if err := take(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// Decode reads the value that the decoder is in front of, as encoding/json does.
func Decode(d *jsontext.Decoder, into any) error {
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	return json.Unmarshal(value, into)
}

// BadJSON reports whether the error of a decoder, of Members or of Decode says that
// the text is not the JSON asked for. Other errors are the reader's.
func BadJSON(err error) bool {
	_, syntax := errors.AsType[*jsontext.SyntacticError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	return syntax || kind || errors.Is(err, errNoObject) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// Add adds the records of the JSON array that the decoder is in front of, and
// writes them. Its errors are Unfit, the decoder's and the writer's. Null is no
// records.
func (t *Table) Add(d *jsontext.Decoder) error {
	if err := Elements(d, func() error { return t.add(d) }); err != nil {
		return err
	}
	return t.flush()
}

func (t *Table) add(d *jsontext.Decoder) error {
	switch d.PeekKind() {
	case '{':
	case 0:
		_, err := d.ReadToken()
		return err
	default:
		return Unfit{Problem: "a record is not an object"}
	}
	t.begin()
	if err := t.object(d, t.root, 0); err != nil {
		return err
	}
	return t.end()
}

// object takes the members of an object in.
func (t *Table) object(d *jsontext.Decoder, of *property, depth int) error {
	d.ReadToken()
	for expected := 0; d.PeekKind() != '}'; {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		p, err := t.member(of, name, &expected)
		if err != nil {
			return err
		}
		if err := t.value(d, p, depth); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// deepest is how many objects in one another spread. What is deeper is JSON.
const deepest = 10

func (t *Table) value(d *jsontext.Decoder, p *property, depth int) error {
	if p == description {
		return d.SkipValue()
	}
	t.properties++
	if p == unwanted {
		return d.SkipValue()
	}
	if t.spread {
		switch kind := d.PeekKind(); {
		case kind == '{' && depth < deepest:
			return t.members(d, p, depth+1)
		case kind == '[':
			return t.list(d, p)
		}
	}
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	begin := len(t.text)
	plain := t.appendText(value)
	t.set(p, span{begin, len(t.text), plain})
	return nil
}

// members takes an object in that spreads.
func (t *Table) members(d *jsontext.Decoder, p *property, depth int) error {
	if err := t.object(d, p, depth); err != nil {
		return err
	}
	if !p.opened && !p.chosen {
		t.set(p, span{}) // an empty object is an empty cell
	}
	return nil
}

// list takes a list in: plain values with semicolons between them, and as JSON
// where one of them is none.
func (t *Table) list(d *jsontext.Decoder, p *property) error {
	d.ReadToken()
	begin, plain := len(t.text), true
	t.array = append(t.array[:0], '[')
	for d.PeekKind() != ']' {
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		if len(t.array) > 1 {
			t.array = append(t.array, ',')
			t.text = append(t.text, "; "...)
		}
		t.array = append(t.array, value...)
		if plain = plain && value.Kind() != '{' && value.Kind() != '['; plain {
			t.appendText(value)
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if !plain {
		t.text = t.text[:begin]
		t.appendText(append(t.array, ']'))
	}
	t.set(p, span{begin: begin, end: len(t.text)})
	return nil
}

// appendText appends a value as a cell has it, and tells whether it is known to need
// no quotes there.
func (t *Table) appendText(value jsontext.Value) (plain bool) {
	switch value.Kind() {
	case 'n':
		return true
	case 't':
		t.text = append(t.text, "True"...)
		return true
	case 'f':
		t.text = append(t.text, "False"...)
		return true
	case '"':
		if bytes.IndexByte(value, '\\') < 0 && utf8.Valid(value) { // no escapes: no quotes, no line breaks
			t.text = append(t.text, value[1:len(value)-1]...)
			return bytes.IndexByte(value, ',') < 0
		}
		t.text, _ = jsontext.AppendUnquote(t.text, value) // the decoder has found it well formed
		return false
	case '{', '[':
		begin := len(t.text)
		t.text = appendCompact(t.text, value)
		if nested := t.text[begin:]; !utf8.Valid(nested) {
			t.text = append(t.text[:begin], bytes.ToValidUTF8(bytes.Clone(nested), []byte("\ufffd"))...)
		}
		return false
	}
	t.text = append(t.text, value...)
	return true
}

// appendCompact appends JSON that is well formed without the spaces between its
// tokens. Value.Compact takes twenty times as long, for it reads the JSON again.
func appendCompact(dst, value []byte) []byte {
	if !hasSpace(value) { // as a rule
		return append(dst, value...)
	}
	quoted := false
	for i := 0; i < len(value); i++ {
		switch b := value[i]; {
		case b == '"':
			quoted = !quoted
		case b == '\\':
			dst = append(dst, b)
			i++
		case !quoted && (b == ' ' || b == '\t' || b == '\r' || b == '\n'):
			continue
		}
		dst = append(dst, value[i])
	}
	return dst
}

func hasSpace(value []byte) bool {
	for _, space := range []byte(" \t\r\n") {
		if bytes.IndexByte(value, space) >= 0 {
			return true
		}
	}
	return false
}

// Unfit is the error of what arrives whole and makes no table.
type Unfit struct {
	Problem string // a fragment such as "a record is not an object"
	Wide    bool   // fewer columns would do
}

// Error implements error.
func (u Unfit) Error() string { return u.Problem }

var tooWide = Unfit{Problem: fmt.Sprintf("it has more than %d columns, or their names more than %d KiB", mostColumns, longestHeader>>10), Wide: true}
