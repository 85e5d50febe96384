package records

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"
)

// field is one property of a record, its value as the CSV has it.
type field struct{ name, text string }

// read yields the records of a JSON array that the decoder is in front of, their
// fields in the order in which they come. A record is good until the next one.
// After an error it ends. Null is no records.
func read(decoder *json.Decoder) iter.Seq2[[]field, error] {
	return func(yield func([]field, error) bool) {
		opening, err := decoder.Token()
		if err != nil {
			yield(nil, err)
			return
		}
		if opening == nil {
			return
		}
		if opening != json.Delim('[') {
			yield(nil, Unfit("it is not a list of records"))
			return
		}
		var record []field
		for decoder.More() {
			record, err = readRecord(decoder, record[:0])
			if !yield(record, err) || err != nil {
				return
			}
		}
		if _, err := decoder.Token(); err != nil {
			yield(nil, err)
		}
	}
}

// readRecord appends the fields of the next record.
func readRecord(decoder *json.Decoder, record []field) ([]field, error) {
	opening, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	if opening != json.Delim('{') {
		return nil, Unfit("a record is not an object")
	}
	var value json.RawMessage
	for decoder.More() {
		name, err := decoder.Token()
		if err == nil {
			err = decoder.Decode(&value)
		}
		if err != nil {
			return nil, err
		}
		if describes(name.(string)) {
			continue
		}
		text, err := textOf(value)
		if err != nil {
			return nil, err
		}
		record = append(record, field{name.(string), text})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	return record, nil
}

// describes reports whether a name is that of an OData annotation, such as
// @odata.etag or Date@data.type, and not of a property: those have no @.
func describes(name string) bool { return strings.Contains(name, "@") }

func textOf(value json.RawMessage) (string, error) {
	switch value[0] {
	case 'n':
		return "", nil
	case 't':
		return "True", nil
	case 'f':
		return "False", nil
	case '"':
		var text string
		err := json.Unmarshal(value, &text)
		return text, err
	case '{', '[':
		var compact bytes.Buffer
		err := json.Compact(&compact, value)
		return strings.ToValidUTF8(compact.String(), "\ufffd"), err
	}
	return string(value), nil
}
