package customhandler

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Result is what a function that succeeded passes to its output bindings, by their
// names in function.json. Respond and Enqueue fill it with shapes that reach their
// destination unchanged. A bare string does not: the host treats it as base64 if it
// can, so one that is not a JSON object fails the invocation.
type Result struct {
	Outputs map[string]any
}

// Response is the answer to an HTTP request. The body is a string because the host
// passes a string as it is, and writes an object's dates its own way. A header's
// value is printable ASCII: any other fails the invocation, because the host would
// answer the caller with an empty 500 and tell nobody.
type Response struct {
	Status int               `json:"statusCode,omitempty"` // 0 is 200
	Header map[string]string `json:"headers,omitempty"`
	Body   string            `json:"body"`
}

// Respond sets the answer of an http output.
func (r *Result) Respond(binding string, response Response) {
	r.set(binding, response)
}

// Enqueue adds a message, as JSON, to a queue output. It must encode as an
// object; anything else is an error that names the binding.
func (r *Result) Enqueue(binding string, message any) error {
	encoded, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode message for %s: %w", binding, err)
	}
	if encoded[0] != '{' {
		return fmt.Errorf("encode message for %s: %T does not encode as a JSON object", binding, message)
	}
	// Always an array of strings: the host parses a single string and prints it
	// again, with dates and spaces its own way, but passes on the elements as they
	// are.
	messages, _ := r.Outputs[binding].([]string)
	r.set(binding, append(messages, string(encoded)))
	return nil
}

func (r *Result) set(binding string, value any) {
	if r.Outputs == nil {
		r.Outputs = map[string]any{}
	}
	r.Outputs[binding] = value
}

// encode returns the answer that the host reads after a success.
func (r Result) encode(function string) ([]byte, error) {
	for binding, value := range r.Outputs {
		switch value := value.(type) {
		case string:
			if !strings.HasPrefix(value, "{") {
				return nil, fmt.Errorf("answer of %s: output %q is a bare string, which the host may take for base64", function, binding)
			}
		case Response:
			for name, text := range value.Header {
				if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' }) {
					return nil, fmt.Errorf("answer of %s: header %s holds a character that is not printable ASCII", function, name)
				}
			}
		}
	}
	outputs := r.Outputs
	if outputs == nil {
		outputs = map[string]any{}
	}
	answer, err := json.Marshal(map[string]any{"Outputs": outputs, "Logs": []string{}, "ReturnValue": nil})
	if err != nil {
		return nil, fmt.Errorf("answer of %s: %w", function, err)
	}
	return answer, nil
}
