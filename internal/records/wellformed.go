package records

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// wellFormed is JSON that the decoder has found well formed, so that reading it
// needs no more checks. Its methods get the place where something begins.
type wellFormed []byte

// marks are what some bytes have of what matters to a cell.
type marks byte

const (
	quote marks = 1 << iota
	backslash
	comma
	beyondASCII
)

// endOfString also returns what the text has. It looks at eight bytes at once, so
// what is beyondASCII may be after the text.
func (json wellFormed) endOfString(at int) (end int, found marks) {
	for at++; ; at++ {
		for ; at+8 <= len(json); at += 8 {
			word := binary.LittleEndian.Uint64(json[at:])
			if word&top != 0 {
				found |= beyondASCII
			}
			if stop := having(word, '"') | having(word, '\\') | having(word, ','); stop != 0 {
				at += bits.TrailingZeros64(stop) / 8
				break
			}
		}
		switch b := json[at]; {
		case b == '"':
			return at + 1, found
		case b == '\\':
			found |= backslash
			at++ // what it escapes does not end the text
		case b == ',':
			found |= comma
		case b >= utf8.RuneSelf:
			found |= beyondASCII
		}
	}
}

// The lowest and the top bit of each byte of a word.
const (
	low = 0x0101010101010101
	top = 0x8080808080808080
)

// having sets the top bit of the first byte of a word that is b. Those of the bytes
// after it say nothing.
func having(word uint64, b byte) uint64 {
	x := word ^ uint64(b)*low
	return (x - low) & ^x & top
}

func (json wellFormed) endOfNumber(at int) int {
	for {
		switch json[at] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return at
		}
		at++
	}
}

// appendNested appends an object or a list without the spaces between its tokens,
// and each quote doubled. Value.Compact takes twenty times as long, because it
// checks the JSON again.
func (json wellFormed) appendNested(dst []byte, at int) (_ []byte, end int, found marks) {
	for depth := 0; ; at++ {
		b := json[at]
		switch b {
		case '"':
			end, in := json.endOfString(at)
			if found |= in | quote; in&backslash != 0 {
				dst = appendDoubled(dst, json[at:end])
			} else { // as a rule
				dst = append(append(append(dst, '"'), json[at:end]...), '"')
			}
			at = end - 1
			continue
		case ' ', '\t', '\r', '\n':
			continue
		case ',':
			found |= comma
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if dst = append(dst, b); depth == 0 {
			return dst, at + 1, found
		}
	}
}

func (json wellFormed) afterSpace(at int) int {
	for isSpace(json[at]) {
		at++
	}
	return at
}

// afterComma skips a comma, if there is one, and the spaces around it.
func (json wellFormed) afterComma(at int) int {
	at = json.afterSpace(at)
	if json[at] == ',' {
		at = json.afterSpace(at + 1)
	}
	return at
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }
