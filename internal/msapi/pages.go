package msapi

import (
	"context"
	"iter"
	"net/url"
	"strings"
)

// Pages yields the items of an OData list, page after page. It ends after an error.
// A next link is followed to the same host only, and never twice.
func Pages[T any](ctx context.Context, c *Client, tenantID, path string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		trail := NewTrail(c.host)
		for address := "https://" + c.host + path; address != ""; {
			if err := trail.Enter(address); err != nil {
				yield(none, err)
				return
			}
			var page struct {
				Value *[]T   `json:"value"`
				Next  string `json:"@odata.nextLink"`
			}
			if err := c.getJSON(ctx, tenantID, address, &page); err != nil {
				yield(none, err)
				return
			}
			if page.Value == nil {
				yield(none, trail.Broken("a page has no value"))
				return
			}
			for _, item := range *page.Value {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next != "" && !c.owns(page.Next) {
				yield(none, trail.Broken("its next page is at another host"))
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
