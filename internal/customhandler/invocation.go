package customhandler

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Invocation is one call of one function by the host.
type Invocation struct {
	Function string       // the folder name of the function
	Log      *slog.Logger // adds invocation and function to every line

	data, metadata map[string]json.RawMessage
	tooLarge       bool // neither was read
}

// ErrTooLarge is the error of reading the trigger of an invocation that has more
// than 4 MiB. For an httpTrigger, it is the caller's fault.
var ErrTooLarge = errors.New("it has more than 4 MiB")

// decode reads the envelope of an invocation of the function. Unknown members are
// ignored and names are compared without case; only something that should be a JSON
// object, or a count, and is not one is an error.
func decode(function string, body []byte) (*Invocation, error) {
	envelope, err := object(body)
	if err == nil && envelope == nil {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf(`the body must be an object like {"Data":{},"Metadata":{}}: %w`, err)
	}
	inv := &Invocation{Function: function}
	if inv.data, err = object(member(envelope, "Data")); err != nil {
		return nil, fmt.Errorf("member Data: %w", err)
	}
	if inv.metadata, err = object(member(envelope, "Metadata")); err != nil {
		return nil, fmt.Errorf("member Metadata: %w", err)
	}
	return inv, nil
}

// input returns what the host sent for a binding of function.json.
func (i *Invocation) input(binding string) (json.RawMessage, error) {
	if i.tooLarge {
		return nil, fmt.Errorf("invocation of %s: %w", i.Function, ErrTooLarge)
	}
	raw := member(i.data, binding)
	if raw == nil {
		return nil, fmt.Errorf("invocation of %s: Data has no %q: its function.json must give the trigger that name", i.Function, binding)
	}
	return raw, nil
}

// unquote undoes the host's quoting. The host sends some values as they are, some
// as JSON text in a string, and strings also as JSON text in a string, that is,
// with two levels of quotes: these are removed, and no more, because a third level
// is the sender's own.
func unquote(raw json.RawMessage) string {
	s := strings.TrimSpace(string(raw))
	for range 2 {
		var inner string
		if !strings.HasPrefix(s, `"`) || json.Unmarshal([]byte(s), &inner) != nil {
			break
		}
		s = inner
	}
	return s
}

// object decodes a JSON object, quoted or not; nil if there is none, whether
// absent, null or empty text.
func object(raw json.RawMessage) (map[string]json.RawMessage, error) {
	s := strings.TrimSpace(unquote(raw))
	if s == "" || s == "null" {
		return nil, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s), &members); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	return members, nil
}

// number decodes a whole number, quoted or not; 0 if there is none.
func number(raw json.RawMessage) (int, error) {
	s := strings.TrimSpace(unquote(raw))
	if s == "" || s == "null" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%.40q is not a count", s)
	}
	return n, nil
}

// member looks up a name, ignoring case if the exact one is missing; nil if there
// is none. The exact one comes first because the host adds the members of a queue
// message to its own metadata.
func member(members map[string]json.RawMessage, name string) json.RawMessage {
	if raw, ok := members[name]; ok {
		return raw
	}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		if strings.EqualFold(key, name) {
			return members[key]
		}
	}
	return nil
}
