package records

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

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
// decoder is in front of an element: take must have read it when it returns. Null
// is an empty array, and anything else is Unfit.
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

// BadJSON reports whether an error of a decoder, of Members or of Decode says that
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
	record, err := d.ReadValue()
	if err != nil {
		return err
	}
	if record.Kind() != '{' {
		return Unfit{Problem: "a record is not an object"}
	}
	t.begin(record)
	if _, err := t.object(0, t.root, 0); err != nil {
		return err
	}
	return t.end()
}

// Unfit is the error of an answer that arrives complete and is not a table.
type Unfit struct {
	Problem string // a fragment such as "a record is not an object"
	Wide    bool   // fewer columns would do
}

// Error implements error.
func (u Unfit) Error() string { return u.Problem }

var tooWide = Unfit{Problem: fmt.Sprintf("it has more than %d columns, or their names more than %d KiB", mostColumns, longestHeader>>10), Wide: true}
