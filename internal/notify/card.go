package notify

import (
	"cmp"
	"fmt"
	"strings"

	"tenantrollup/internal/run"
)

// item is a JSON object of a card.
type item map[string]any

// envelope wraps the notice in a message with one card. Customers choose their
// names, so all text is in TextRuns, the only ones in a card that are not read
// as Markdown.
//
// Sources: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
// and https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format
func envelope(n notice) item {
	card := item{
		"$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
		"type":    "AdaptiveCard", "version": "1.4",
		"msteams": item{"width": "Full"},
		"body":    cardBody(n),
	}
	return item{
		"type":        "message",
		"attachments": []item{{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}},
	}
}

func cardBody(n notice) []item {
	color := "Good"
	switch {
	case n.State != run.StatePublished:
		color = "Attention"
	case n.Failed > 0 || len(n.Warnings) > 0:
		color = "Warning"
	}
	title := fmt.Sprintf("%s of %s: %s", n.Report, n.Date, n.State)
	body := []item{{"type": "RichTextBlock", "inlines": []item{
		{"type": "TextRun", "text": title, "size": "Large", "weight": "Bolder", "color": color},
	}}}
	if n.Reason != "" {
		body = append(body, text(n.Reason))
	}
	body = append(body, facts(n))
	for _, warning := range n.Warnings.Sorted() {
		body = append(body, text(warning.Warning().Text(n.Warnings[warning])))
	}
	if c := n.Changes; c != nil {
		since := " since " + string(c.Since)
		if c.Since == n.Date {
			since = " in this rerun"
		}
		body = appendGroup(body, "Newly failing"+since, c.NewlyFailing)
		body = appendGroup(body, "Recovered"+since, c.Recovered)
		if c.CustomerList != nil {
			since = " since " + string(c.CustomerList.Since)
			body = appendGroup(body, "New customers"+since, c.CustomerList.New)
			body = appendGroup(body, "Customers gone"+since, c.CustomerList.Gone)
		}
	}
	more := "More at "
	if n.State == run.StateHeld {
		more = "Publish it as it is, or rerun all customers: open "
	}
	return append(body, text(more+n.StatusURL+" on the function app."))
}

func text(s string) item {
	return item{"type": "RichTextBlock", "inlines": []item{{"type": "TextRun", "text": s}}}
}

func facts(n notice) item {
	var list []item
	add := func(title string, value any) {
		list = append(list, item{"title": title, "value": fmt.Sprint(value)})
	}
	add("Customers", n.Customers)
	add("With data", n.WithData)
	add("No data", n.NoData)
	add("Failed", n.Failed)
	add("Excluded", n.Excluded)
	add("Rows", n.Rows)
	if n.OldestRefresh != "" {
		add("Data of", fmt.Sprintf("%s to %s", n.OldestRefresh, n.NewestRefresh))
	}
	for _, class := range n.Classes.Sorted() {
		if failing(class) {
			add(string(class), n.Classes[class])
		}
	}
	return item{"type": "FactSet", "facts": list}
}

func appendGroup(body []item, title string, g group) []item {
	if g.Count == 0 {
		return body
	}
	var names []string
	for _, c := range g.Customers {
		names = append(names, label(c))
	}
	line := strings.Join(names, ", ")
	if more := g.Count - len(g.Customers); more > 0 {
		line += fmt.Sprintf(" and %d more", more)
	}
	return append(body, item{"type": "RichTextBlock", "inlines": []item{
		{"type": "TextRun", "text": fmt.Sprintf("%s: %d. ", title, g.Count), "weight": "Bolder"},
		{"type": "TextRun", "text": line},
	}})
}

// label names a customer as people recognise it, and why it fails.
func label(c named) string {
	about := make([]string, 0, 2)
	if c.Domain != "" {
		about = append(about, c.Domain)
	}
	if c.Class != "" {
		about = append(about, string(c.Class))
	}
	name := cmp.Or(c.Name, c.TenantID)
	if len(about) == 0 {
		return name
	}
	return name + " (" + strings.Join(about, ", ") + ")"
}
