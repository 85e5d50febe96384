package m365

import (
	"encoding/json"
	"strings"
)

// member is one property of an object of Graph, and object keeps the order in which
// its properties are sent. A value is a string, a bool, an int, a json.Number, an
// object, a list of strings or of objects, or nil.
type member struct {
	name  string
	value any
}

type object []member

// MarshalJSON writes the properties in their order.
func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// value returns what is at a path such as signInActivity/lastSignInDateTime, or nil if
// there is nothing.
func (o object) value(path string) any {
	name, rest, deeper := strings.Cut(path, "/")
	for _, m := range o {
		if m.name != name {
			continue
		}
		if inner, isObject := m.value.(object); deeper && isObject {
			return inner.value(rest)
		}
		if deeper {
			return nil
		}
		return m.value
	}
	return nil
}

// pick keeps the selected properties in the object's own order, with the annotations of
// each and of the object. Of a nested object it keeps the selected members.
func (o object) pick(paths []string) object {
	var kept object
	for _, m := range o {
		var inner []string
		of, _, _ := strings.Cut(m.name, "@")
		whole := of == ""
		for _, path := range paths {
			name, rest, deeper := strings.Cut(path, "/")
			if name != of {
				continue
			}
			whole = whole || !deeper
			inner = append(inner, rest)
		}
		nested, isObject := m.value.(object)
		switch {
		case whole:
			kept = append(kept, m)
		case inner != nil && isObject:
			kept = append(kept, member{m.name, nested.pick(inner)})
		case inner != nil:
			kept = append(kept, m)
		}
	}
	return kept
}

// bare is the object without annotations, those of objects in it included.
func (o object) bare() object {
	kept := make(object, 0, len(o))
	for _, m := range o {
		switch value := m.value.(type) {
		case object:
			m.value = value.bare()
		case []object:
			m.value = bareAll(value)
		}
		if !strings.Contains(m.name, "@") {
			kept = append(kept, m)
		}
	}
	return kept
}

func bareAll(objects []object) []object {
	kept := make([]object, len(objects))
	for i, o := range objects {
		kept[i] = o.bare()
	}
	return kept
}
