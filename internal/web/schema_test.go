package web_test

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// object is a node of the document.
type object = map[string]any

// document is docs/openapi.yaml, and judges JSON by the schemas in it.
type document struct{ root object }

func openDocument(t *testing.T) document {
	t.Helper()
	text, err := os.ReadFile("../../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := yaml.Unmarshal(text, &d.root); err != nil {
		t.Fatal(err)
	}
	return d
}

// at follows the path from the root, references included.
func (d document) at(path ...string) object {
	node := d.root
	for _, name := range path {
		node = d.resolve(node[name])
	}
	return node
}

func (d document) resolve(node any) object {
	o, _ := node.(object)
	if reference, ok := o["$ref"].(string); ok {
		return d.at(strings.Split(strings.TrimPrefix(reference, "#/"), "/")...)
	}
	return o
}

// judge says what is wrong with the value, or nil. It knows the keywords that
// the document uses, and panics at any other: none may be ignored.
func (d document) judge(schema any, value any) error {
	s := d.resolve(schema)
	for keyword, want := range s {
		var err error
		switch keyword {
		case "description", "default", "additionalProperties":
		case "type":
			if !isType(want.(string), value) {
				err = fmt.Errorf("want %s", want)
			}
		case "const":
			if !reflect.DeepEqual(want, value) {
				err = fmt.Errorf("want %v", want)
			}
		case "enum":
			if !slices.ContainsFunc(want.([]any), func(w any) bool { return reflect.DeepEqual(w, value) }) {
				err = fmt.Errorf("want one of %v", want)
			}
		case "pattern":
			if text, ok := value.(string); ok && !regexp.MustCompile(want.(string)).MatchString(text) {
				err = fmt.Errorf("want %s", want)
			}
		case "format":
			err = hasFormat(want.(string), value)
		case "minimum":
			if n, ok := value.(float64); ok && n < float64(want.(int)) {
				err = fmt.Errorf("want %v or more", want)
			}
		case "maximum":
			if n, ok := value.(float64); ok && n > float64(want.(int)) {
				err = fmt.Errorf("want %v or less", want)
			}
		case "minItems":
			if list, ok := value.([]any); ok && len(list) < want.(int) {
				err = fmt.Errorf("want %v or more", want)
			}
		case "maxItems":
			if list, ok := value.([]any); ok && len(list) > want.(int) {
				err = fmt.Errorf("want %v or fewer", want)
			}
		case "items":
			err = d.judgeItems(want, value)
		case "required", "properties":
			err = d.judgeFields(s, value)
		case "allOf":
			for _, part := range want.([]any) {
				if err == nil {
					err = d.judge(part, value)
				}
			}
		case "anyOf":
			err = fmt.Errorf("want any of %v", want)
			for _, part := range want.([]any) {
				if d.judge(part, value) == nil {
					err = nil
				}
			}
		case "not":
			if d.judge(want, value) == nil {
				err = fmt.Errorf("want it not to be %v", want)
			}
		default:
			panic("schema keyword " + keyword + " is not known here")
		}
		if err != nil {
			return fmt.Errorf("%v: %w", value, err)
		}
	}
	if s["additionalProperties"] != nil && s["properties"] == nil {
		return d.judgeFields(s, value)
	}
	return nil
}

func (d document) judgeItems(schema, value any) error {
	list, _ := value.([]any)
	for i, item := range list {
		if err := d.judge(schema, item); err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	return nil
}

func (d document) judgeFields(s object, value any) error {
	fields, ok := value.(object)
	if !ok {
		return nil
	}
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, there := fields[name.(string)]; !there {
			return fmt.Errorf("%s is missing", name)
		}
	}
	properties, _ := s["properties"].(object)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		schema, known := properties[name]
		if !known {
			if s["additionalProperties"] == false {
				return fmt.Errorf("%s is not described", name)
			}
			schema = s["additionalProperties"]
		}
		if err := d.judge(schema, fields[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func isType(want string, value any) bool {
	switch v := value.(type) {
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case float64:
		return want == "number" || want == "integer" && v == float64(int(v))
	case []any:
		return want == "array"
	case object:
		return want == "object"
	}
	return false
}

func hasFormat(format string, value any) error {
	text, ok := value.(string)
	layouts := map[string]string{"date": time.DateOnly, "date-time": time.RFC3339}
	if !ok || layouts[format] == "" {
		return nil
	}
	_, err := time.Parse(layouts[format], text)
	return err
}
