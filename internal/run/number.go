package run

import "strconv"

// Number writes a count for people, with a comma between thousands: 21,631.
func Number(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// Customers writes a count of customers: 1 customer, 1,200 customers.
func Customers(n int) string {
	if n == 1 {
		return "1 customer"
	}
	return Number(n) + " customers"
}
