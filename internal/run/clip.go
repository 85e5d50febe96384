package run

// Clip returns text with at most that many characters; the last one is an ellipsis
// if something was left out.
func Clip(text string, most int) string {
	count, end := 0, 0
	for at := range text {
		if count == most-1 {
			end = at
		}
		if count == most {
			return text[:end] + "…"
		}
		count++
	}
	return text
}
