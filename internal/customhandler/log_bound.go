package customhandler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// maxLine bounds a line of the log, in bytes with its end. The host splits lines
// longer than 16 KiB, and nothing can read a piece of a JSON object.
//
// Source: https://github.com/Azure/azure-functions-host/issues/5263
const maxLine = 8 << 10

// bounded returns the line with its longest strings cut as far as necessary. Each
// of them says how long it was.
func bounded(line []byte) []byte {
	short := line
	for longest := maxLine / 2; len(short) > maxLine; longest /= 2 {
		if longest < 32 { // thousands of values
			return abstract(short, len(line))
		}
		short = cutStrings(line, longest)
	}
	return short
}

// cutStrings cuts every string of the JSON text that is longer, in bytes.
func cutStrings(text []byte, longest int) []byte {
	var cut []byte
	for {
		before, rest, found := bytes.Cut(text, []byte{'"'})
		cut = append(cut, before...)
		if !found {
			return cut
		}
		end := stringEnd(rest)
		inside := rest[:end]
		cut = append(cut, '"')
		if kept := boundary(inside, longest); kept < end {
			cut = fmt.Appendf(append(cut, inside[:kept]...), "… (cut: %d bytes)", end)
		} else {
			cut = append(cut, inside...)
		}
		cut = append(cut, '"')
		text = rest[min(end+1, len(rest)):]
	}
}

// stringEnd is where a string ends whose opening quote is just before the text.
func stringEnd(text []byte) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text)
}

// boundary is the last place at or before longest that is not inside a character or
// an escape.
func boundary(inside []byte, longest int) int {
	last := 0
	for last < len(inside) {
		_, size := utf8.DecodeRune(inside[last:])
		if inside[last] == '\\' {
			size = 2
			if inside[last+1] == 'u' {
				size = 6
			}
		}
		if last+size > longest {
			return last
		}
		last += size
	}
	return last
}

// abstract is what remains of a line in which no single value is long.
func abstract(line []byte, whole int) []byte {
	var event struct {
		Time  string `json:"time"`
		Level string `json:"level"`
		Msg   string `json:"msg"`
		Cut   string `json:"cut"`
	}
	if err := json.Unmarshal(line, &event); err != nil {
		event.Msg = "a line that is not JSON"
	}
	event.Cut = fmt.Sprintf("the line had %d bytes", whole)
	short, _ := json.Marshal(event) // strings always encode
	return append(short, '\n')
}
