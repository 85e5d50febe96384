package records

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// cell is what a record has in a column. The zero cell is an empty one.
type cell struct {
	text   []byte // part of the record as it came, or of the table's texts
	plain  bool   // known to need no quotes
	quoted bool   // in quotes already
}

// unquoted is the text without them.
func (c cell) unquoted() []byte {
	if !c.quoted {
		return c.text
	}
	return bytes.ReplaceAll(c.text[1:len(c.text)-1], []byte(`""`), []byte(`"`))
}

// The methods below get the place in the record where something begins, and return
// where it ends.

// object takes in the members of an object.
func (t *Table) object(at int, of *property, depth int) (end int, err error) {
	at = t.record.afterSpace(at + 1)
	for expected := 0; t.record[at] != '}'; at = t.record.afterComma(at) {
		p, colon, err := t.member(at, of, &expected)
		if err != nil {
			return 0, err
		}
		at = t.record.afterSpace(t.record.afterSpace(colon) + 1)
		if at, err = t.value(at, p, depth); err != nil {
			return 0, err
		}
	}
	return at + 1, nil
}

// deepest is how many nested objects spread. What is deeper is JSON.
const deepest = 10

func (t *Table) value(at int, p *property, depth int) (end int, err error) {
	if p != description {
		t.properties++
	}
	spread := t.spread && p != description && p != unwanted
	switch begins := t.record[at]; {
	case spread && begins == '{' && depth < deepest:
		return t.members(at, p, depth+1)
	case spread && begins == '[':
		return t.list(at, p), nil
	}
	c, end := t.cell(at)
	t.set(p, c)
	return end, nil
}

// members takes in an object that spreads.
func (t *Table) members(at int, p *property, depth int) (end int, err error) {
	if end, err = t.object(at, p, depth); err != nil {
		return 0, err
	}
	if !p.opened && !p.chosen {
		t.set(p, cell{}) // an empty object is an empty cell
	}
	return end, nil
}

// list takes in a list: plain values with semicolons between them, and as JSON if
// one of them is not plain.
func (t *Table) list(begin int, p *property) (end int) {
	joined := len(t.lists)
	at := t.record.afterSpace(begin + 1)
	for i := 0; t.record[at] != ']'; i++ {
		if t.record[at] == '{' || t.record[at] == '[' {
			c, end := t.nested(begin)
			t.set(p, c)
			return end
		}
		if i > 0 {
			t.lists = append(t.lists, "; "...)
		}
		c, end := t.cell(at)
		t.lists = append(t.lists, c.text...)
		at = t.record.afterComma(end)
	}
	t.set(p, cell{text: t.lists[joined:]})
	return at + 1
}

var (
	yes = cell{text: []byte("True"), plain: true}
	no  = cell{text: []byte("False"), plain: true}
)

// cell reads a value as a cell has it.
func (t *Table) cell(at int) (c cell, end int) {
	switch t.record[at] {
	case 'n':
		return cell{plain: true}, at + len("null")
	case 't':
		return yes, at + len("true")
	case 'f':
		return no, at + len("false")
	case '"':
		return t.string(at)
	case '{', '[':
		return t.nested(at)
	}
	end = t.record.endOfNumber(at)
	return cell{text: t.record[at:end], plain: true}, end
}

// string reads a text.
func (t *Table) string(at int) (c cell, end int) {
	end, found := t.record.endOfString(at)
	if text := t.record[at+1 : end-1]; found&backslash == 0 && (found&beyondASCII == 0 || utf8.Valid(text)) {
		return cell{text: text, plain: found&comma == 0}, end
	}
	begin := len(t.text)
	t.text, _ = jsontext.AppendUnquote(t.text, t.record[at:end])
	c = cell{text: t.text[begin:]}
	if bytes.IndexByte(c.text, 0) >= 0 { // a CSV must not have it
		c.text = bytes.ReplaceAll(c.text, []byte{0}, []byte("\ufffd"))
	}
	return c, end
}

// nested reads an object or a list that stays JSON.
func (t *Table) nested(at int) (c cell, end int) {
	begin := len(t.text)
	text, end, found := t.record.appendNested(append(t.text, '"'), at)
	t.text = append(text, '"')
	c = cell{text: t.text[begin:], quoted: true}
	if found&beyondASCII != 0 && !utf8.Valid(c.text) {
		c.text = bytes.ToValidUTF8(c.text, []byte("\ufffd"))
	}
	if found&(quote|comma) == 0 {
		return cell{text: c.unquoted(), plain: true}, end
	}
	return c, end
}
