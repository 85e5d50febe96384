package msapi

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"tenantrollup/internal/run"
)

// maxPages is far above the largest partner: 100 customers a page at the least.
const maxPages = 10_000

// longestLink bounds the address of a next page, in bytes: all of a list's are kept.
const longestLink = 16 << 10

const linkTooLong = "the address of its next page is too long"

var goesRound = fmt.Sprintf("it goes round in a circle, or has more than %d pages", maxPages)

// Pages yields the items of an OData list, page after page. After an error it
// ends. A next link is followed to the same host only, and never twice.
func Pages[T any](ctx context.Context, c *Client, tenantID, path string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		address := "https://" + c.host + path
		seen := map[string]bool{}
		for address != "" {
			if seen[address] || len(seen) == maxPages {
				yield(none, c.badList(goesRound))
				return
			}
			seen[address] = true
			var page struct {
				Value *[]T   `json:"value"`
				Next  string `json:"@odata.nextLink"`
			}
			if err := c.getJSON(ctx, tenantID, address, &page); err != nil {
				yield(none, err)
				return
			}
			if page.Value == nil {
				yield(none, c.badList("a page has no value"))
				return
			}
			for _, item := range *page.Value {
				if !yield(item, nil) {
					return
				}
			}
			if len(page.Next) > longestLink {
				yield(none, c.badList(linkTooLong))
				return
			}
			if page.Next != "" && !c.owns(page.Next) {
				yield(none, c.badList("its next page is at another host"))
				return
			}
			address = page.Next
		}
	}
}

// owns reports whether a token of c may be sent to the address.
func (c *Client) owns(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.User == nil &&
		strings.EqualFold(strings.TrimSuffix(u.Host, ":443"), c.host)
}

func (c *Client) badList(what string) *run.Failure {
	return &run.Failure{
		Class:   run.ServiceFault,
		Message: fmt.Sprintf("A list from %s cannot be read to its end: %s.", c.host, what),
		Remedy:  "Run again; if it stays, report it to Microsoft.",
	}
}
