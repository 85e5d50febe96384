package refusal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Secrets are those that the program holds. They are removed from what a service
// says as soon as it arrives, and so is whatever looks like a token, a secret or a
// signed address. The zero value and nil hold none; all methods are safe for
// concurrent use.
type Secrets struct {
	above *Secrets // whose secrets are removed, too

	mu     sync.Mutex
	values []string
	shapes []string // of the values, built when needed: the longest first, so that none is removed only in part
}

// shortestSecret is as short as a secret may be: anything shorter would remove
// ordinary words.
const shortestSecret = 6

// Hold adds values that are never shown. Those of fewer than 6 characters are
// ignored.
func (s *Secrets) Hold(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, value := range values {
		if value = strings.TrimSpace(value); len(value) >= shortestSecret && !slices.Contains(s.values, value) {
			s.values, s.shapes = append(s.values, value), nil
		}
	}
}

// With returns secrets that also hold a call's own values.
func (s *Secrets) With(values ...string) *Secrets {
	own := &Secrets{above: s}
	own.Hold(values...)
	return own
}

func (s *Secrets) allShapes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shapes != nil {
		return s.shapes
	}
	for _, value := range s.values {
		s.shapes = append(s.shapes, shapesOf(value)...)
	}
	slices.SortFunc(s.shapes, func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
	s.shapes = slices.Compact(s.shapes)
	return s.shapes
}

// HoldAddress adds an address that serves as a password: the whole of it, and every
// part that is longer than a word.
func (s *Secrets) HoldAddress(address string) {
	s.Hold(address)
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	long := func(part string) {
		if len(part) > 16 {
			s.Hold(part)
		}
	}
	long(u.RequestURI())
	long(u.EscapedPath())
	for part := range strings.SplitSeq(u.Path, "/") {
		long(part)
	}
	for _, values := range u.Query() {
		for _, value := range values {
			long(value)
		}
	}
}

// shapesOf returns a value as it is, form-encoded, percent-encoded and
// JSON-escaped.
func shapesOf(value string) []string {
	var escaped bytes.Buffer
	encoder := json.NewEncoder(&escaped)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // a string can always be encoded
	inQuotes, _ := json.Marshal(value)
	shapes := []string{
		value, url.QueryEscape(value), url.PathEscape(value),
		strings.Trim(strings.TrimSpace(escaped.String()), `"`), strings.Trim(string(inQuotes), `"`),
	}
	for _, shape := range shapes { // a secret may itself look encoded
		for range mostLayers {
			if shape = decode(shape); len(shape) >= shortestSecret {
				shapes = append(shapes, shape)
			}
		}
	}
	return shapes
}

// mostLayers is how many nested encodings are looked into.
const mostLayers = 4

// Clear removes the secrets from what a service says. It looks into encodings, and
// if one hides a secret, the text comes back decoded.
func (s *Secrets) Clear(text string) string {
	text = s.hide(text)
	for layer, from := 0, text; layer < mostLayers; layer++ {
		decoded := decode(from)
		if decoded == from {
			break
		}
		from = s.hide(decoded)
		if from != decoded {
			text = from
		}
	}
	return text
}

func (s *Secrets) hide(text string) string {
	for ; s != nil; s = s.above {
		for _, shape := range s.allShapes() {
			text = strings.ReplaceAll(text, shape, "[secret]")
		}
	}
	lower := strings.ToLower(text)
	for _, form := range secretForms {
		if slices.ContainsFunc(form.with, func(with string) bool { return strings.Contains(lower, with) }) {
			text = form.looks.ReplaceAllString(text, form.shown)
		}
	}
	return longRun.ReplaceAllStringFunc(text, func(found string) string {
		if len(found) < longestWord {
			return found
		}
		return "[token]"
	})
}

// longestWord is longer than any word or id that helps anybody.
const longestWord = 60

var longRun = regexp.MustCompile(`\w[\w+=~-]+`)

// secretForms are what secrets look like that nobody has passed to Hold.
//
// Sources: https://learn.microsoft.com/entra/identity-platform/access-tokens,
// https://learn.microsoft.com/purview/sit-defn-client-secret-api-key,
// https://learn.microsoft.com/rest/api/storageservices/create-service-sas,
// https://learn.microsoft.com/azure/azure-functions/function-keys-how-to.
//
// Each is looked for only if one of its words, in lower case, occurs.
var secretForms = []struct {
	with  []string
	looks *regexp.Regexp
	shown string
}{
	{[]string{"private"}, regexp.MustCompile(`-----BEGIN[A-Z +]*PRIVATE[ +]KEY-----[^-]*`), "[secret]"},
	// {" in base64: a JWT's beginning.
	{[]string{"eyj", "eya", "ew0k", "ewoj", "ewog"}, regexp.MustCompile(`\be(yJ|yA|w0K|woJ|wog)[\w-]{8,}=*(\.[\w-]*=*)*`), "[token]"},
	// Entra's refresh tokens, and its client secrets.
	{[]string{"0.a", "1.a"}, regexp.MustCompile(`\b[01]\.A[\w-]{20,}(\.[\w-]*)*`), "[token]"},
	{[]string{"q~", "q%7e"}, regexp.MustCompile(`[\w.~-]{3}\d[Qq](~|%7[Ee])[\w.~-]{20,}`), "[secret]"},
	// A storage account's key.
	{[]string{"=="}, regexp.MustCompile(`[\w+/]{86}==`), "[secret]"},
	// A password before a host, an address of a webhook, and the query of any address.
	{[]string{"@"}, regexp.MustCompile(`(\w:\\?/\\?/)[^\s/?#"'<>@]+@`), "${1}…@"},
	{[]string{"hook", "workflows", "services"}, regexp.MustCompile(`(?i)(https?:\\?/\\?/[^\s/\\?"'<>]*)\\?/[^\s"'<>]*(hook|workflows|/services/)[^\s"'<>]*[\w%@-]{16,}[^\s"'<>]*`), "${1}/…"},
	{[]string{"/hook"}, regexp.MustCompile(`(?i)(https?:\\?/\\?/hooks?\.[^\s/\\?"'<>]*)\\?/[^\s"'<>]*`), "${1}/…"},
	{[]string{"?"}, regexp.MustCompile(`(?i)(https?:\\?/\\?/[^\s?"'<>]*\?)[^\s"'<>]+`), "${1}…"},
	// Whatever a secret's name comes before, and a function's key.
	{[]string{"_token", "client_", "key", "password", "sig"}, regexp.MustCompile(
		`(?i)\b((?:access|id|refresh)_token|client_(?:secret|assertion)|(?:account|sharedaccess)key|sharedaccesssignature|password|sig)` +
			`(\\*"?\s*[=:][\s+]*\\*"?)[^\s"'<>&;,\\…]{8,}`), "${1}${2}…"},
	{[]string{"code=", "token=", "key="}, regexp.MustCompile(`(?i)\b(code|token|key)=[\w+/=%~.-]{20,}`), "${1}=…"},
}

var (
	percents = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)
	unicodes = regexp.MustCompile(`\\u[0-9A-Fa-f]{4}|\\["\\/]`)
)

// decode removes one layer of percent-encoding and of JSON's and HTML's escapes.
func decode(text string) string {
	text = percents.ReplaceAllStringFunc(text, func(found string) string {
		plain, err := url.PathUnescape(found)
		if err != nil {
			return found
		}
		return plain
	})
	text = unicodes.ReplaceAllStringFunc(text, func(found string) string {
		var plain string
		if json.Unmarshal([]byte(`"`+found+`"`), &plain) != nil {
			return found
		}
		return plain
	})
	return html.UnescapeString(text)
}
