package records

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// property is a place in the records: a property, or a member of an object that
// spreads.
type property struct {
	name    string // as it came first
	path    string // what its column is called: prepaidUnits.enabled
	parent  *property
	members []*property // in the order in which they first came

	spelled map[string]*spelling // by how a name is written as JSON
	order   []*spelling          // in that in which they first came

	column int  // none if it has no value of its own
	kept   int  // its place among the texts that Keep asks for, from 1 on
	opened bool // some member of it, or of a member, has a column
	chosen bool // only those members count that are there already
	hidden bool // it never has a column
}

// spelling is a name as the records write it.
type spelling struct {
	json  string
	of    *property
	place int // in the order
}

func (s *spelling) begins(json []byte) bool {
	return len(s.json) <= len(json) && s.json == string(json[:len(s.json)])
}

// none is the column of a property that has no column.
const none = -1

// Names that are not a column of the table.
var (
	description = &property{hidden: true} // an annotation's
	unwanted    = &property{hidden: true} // not among those chosen
)

// mostSpellings limits the names that are remembered as they are written: hardly
// more than there are columns, unless somebody is attacking.
const mostSpellings = 4 * mostColumns

// member returns the property of an object whose name begins there, and where the
// name ends. Most records have the same names in the same order: expected is the
// place in it after the last name, and becomes that after this one.
func (t *Table) member(at int, of *property, expected *int) (p *property, end int, err error) {
	if *expected < len(of.order) {
		if s := of.order[*expected]; s.begins(t.record[at:]) {
			*expected++
			return s.of, at + len(s.json), nil
		}
	}
	end, _ = t.record.endOfString(at)
	name := t.record[at:end]
	if s, known := of.spelled[string(name)]; known {
		*expected = s.place + 1
		return s.of, end, nil
	}
	text, _ := jsontext.AppendUnquote(nil, name)
	p = t.find(of, string(text))
	if t.header > longestHeader {
		return nil, 0, tooWide
	}
	if t.spellings < mostSpellings {
		t.spellings++
		if of.spelled == nil {
			of.spelled = map[string]*spelling{}
		}
		s := &spelling{string(name), p, len(of.order)}
		of.spelled[s.json], of.order = s, append(of.order, s)
		*expected = len(of.order)
	}
	return p, end, nil
}

func (t *Table) find(of *property, name string) *property {
	switch p := of.known(name); {
	case p != nil:
		return p
	case strings.Contains(name, "@"): // a property's has none
		return description
	case of.chosen:
		return unwanted
	}
	return t.grow(of, name)
}

func (p *property) known(name string) *property {
	for _, m := range p.members {
		if strings.EqualFold(m.name, name) {
			return m
		}
	}
	return nil
}

// grow adds a member to an object, after those that it has.
func (t *Table) grow(to *property, name string) *property {
	p := &property{name: name, path: name, parent: to, column: none}
	if to != t.root {
		p.path = to.path + "." + name
	}
	to.members = append(to.members, p)
	t.header += len(p.path) + len(",")
	if to == t.root {
		p.kept = t.keep.place(name)
	}
	if to == t.root && t.beside.Beside != nil && strings.EqualFold(name, t.beside.Column) {
		t.beside.of, t.beside.cell = p, t.find(to, t.beside.Name)
	}
	return p
}

// choose adds a column that the table always has. An object has none in addition to
// those of its members.
func (t *Table) choose(name string) {
	of, path := t.root, []string{name}
	if t.spread {
		path = strings.Split(name, "/")
	}
	for i, name := range path {
		last := i == len(path)-1
		p := of.known(name)
		if p == nil {
			p = t.grow(of, name)
			p.chosen = !last
		}
		if last {
			p.chosen = false
		}
		if last && !p.opened {
			t.place(p)
		}
		of = p
	}
}

// place gives a property its column: one of that name if there is any, otherwise
// that of the object of which it is the first known member, otherwise a new one.
func (t *Table) place(p *property) {
	if p.column != none {
		return
	}
	for of := p.parent; of != nil; of = of.parent {
		of.opened = true
	}
	if i := slices.IndexFunc(t.columns, func(c column) bool { return strings.EqualFold(c.name, p.path) }); i >= 0 {
		t.columns[i].shared = true
		p.column = i
		return
	}
	for of := p.parent; of != nil; of = of.parent {
		if of.column != none && !t.columns[of.column].filled && !t.columns[of.column].shared {
			p.column, of.column = of.column, none
			t.columns[p.column].name = p.path
			return
		}
	}
	p.column = len(t.columns)
	t.columns = append(t.columns, column{name: p.path})
	t.cells = append(t.cells, cell{})
}

// set gives a property its value in the current record. A null has a column, too,
// unless the property is known to be an object.
func (t *Table) set(p *property, c cell) {
	if p.kept > 0 {
		t.keep.cells[p.kept-1] = c
	}
	empty := len(c.text) == 0
	if p.hidden || p.chosen || empty && p.opened && p.column == none {
		return
	}
	if p.column == none {
		t.place(p)
	}
	t.cells[p.column] = c
	t.columns[p.column].filled = t.columns[p.column].filled || !empty
}

// arrange puts the columns in order before the first record is written: the members
// of an object next to each other.
func (t *Table) arrange() {
	columns, cells := make([]column, 0, len(t.columns)), make([]cell, 0, len(t.columns))
	places := slices.Repeat([]int{none}, len(t.columns)) // new by old
	var visit func(of *property)
	visit = func(of *property) {
		for _, p := range of.members {
			if old := p.column; old != none {
				if places[old] == none {
					places[old] = len(columns)
					columns, cells = append(columns, t.columns[old]), append(cells, t.cells[old])
				}
				p.column = places[old]
			}
			visit(p)
		}
	}
	visit(t.root)
	t.columns, t.cells = columns, cells
}

// keeping asks of each record whether it makes a row.
type keeping struct {
	names []string
	cells []cell
	ask   func(texts []string) bool
}

// place is that of a property's text, from 1 on, or 0.
func (k keeping) place(name string) int {
	return 1 + slices.IndexFunc(k.names, func(asked string) bool { return strings.EqualFold(asked, name) })
}

// Keep makes keep decide for each record from now on whether it makes a row. keep
// gets the texts of these properties of the record, "" for one that it does not
// have.
func (t *Table) Keep(names []string, keep func(texts []string) bool) {
	t.keep = keeping{names, make([]cell, len(names)), keep}
	for i, name := range names {
		if p := t.root.known(name); p != nil {
			p.kept = i + 1
		} else if t.root.chosen {
			t.grow(t.root, name).hidden = true
		}
	}
}

func (k keeping) keeps() bool {
	if k.ask == nil {
		return true
	}
	texts := make([]string, len(k.cells))
	for i, c := range k.cells {
		texts[i] = string(c.unquoted())
	}
	return k.ask(texts)
}

// besides is a Beside, and the properties that it stands for.
type besides struct {
	*Beside
	of, cell *property // nil before some record has the column
}

// addBeside fills in the cell that the record does not have itself.
func (t *Table) addBeside() {
	of, beside := t.beside.of, t.beside.cell
	if of == nil || of.column == none {
		return
	}
	t.place(beside)
	if known := t.cells[of.column].unquoted(); len(known) > 0 && len(t.cells[beside.column].text) == 0 {
		t.set(beside, cell{text: []byte(t.beside.Text(known))})
	}
}
