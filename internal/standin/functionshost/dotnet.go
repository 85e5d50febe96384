package functionshost

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// dotNetDate writes a date as Newtonsoft.Json does on a host in UTC.
func dotNetDate(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.9999999-07:00")
}

// reformatted is what happens to a string that Newtonsoft.Json treats as a date and
// .NET then prints; any other string stays.
func reformatted(text string) string {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Format("01/02/2006 15:04:05")
		}
	}
	return text
}

// asText is what .NET's ToString makes of a JSON value: an object or an array is
// parsed and written again.
func asText(raw json.RawMessage) string {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		panic(err) // taken from decoded JSON
	}
	switch value := value.(type) {
	case nil:
		return ""
	case bool:
		if value {
			return "True"
		}
		return "False"
	case string:
		return value
	case json.Number:
		return number(value, "")
	}
	return indented(raw)
}

// indented writes an object or array as Newtonsoft.Json does: members in their
// order, two blanks for each level, numbers with a point or exponent written again.
func indented(raw json.RawMessage) string {
	var rewritten, out bytes.Buffer
	rewriteNumbers(&rewritten, raw)
	if err := json.Indent(&out, rewritten.Bytes(), "", "  "); err != nil {
		panic(err) // taken from decoded JSON
	}
	return out.String()
}

// rewriteNumbers copies JSON text and writes each number as Newtonsoft.Json does.
func rewriteNumbers(out *bytes.Buffer, raw []byte) {
	for i := 0; i < len(raw); {
		end := i + 1
		switch c := raw[i]; {
		case c == '"':
			for raw[end] != '"' {
				if raw[end] == '\\' {
					end++
				}
				end++
			}
			end++
		case c == '-' || c >= '0' && c <= '9':
			for end < len(raw) && strings.IndexByte("+-.eE0123456789", raw[end]) >= 0 {
				end++
			}
			out.WriteString(number(json.Number(raw[i:end]), ".0"))
			i = end
			continue
		}
		out.Write(raw[i:end])
		i = end
	}
}

// number writes a JSON number as .NET does; whole is appended to a double that has no
// fraction.
func number(n json.Number, whole string) string {
	value, err := n.Float64()
	if err != nil || !strings.ContainsAny(n.String(), ".eE") {
		return n.String()
	}
	format := byte('f')
	if size := math.Abs(value); size >= 1e15 || size != 0 && size < 1e-5 {
		format = 'E'
	}
	text := strconv.FormatFloat(value, format, -1, 64)
	if !strings.ContainsAny(text, ".E") {
		text += whole
	}
	return text
}
