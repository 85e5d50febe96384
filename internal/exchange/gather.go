package exchange

import (
	"context"
	"log/slog"
	"strings"

	"tenantrollup/internal/records"
	"tenantrollup/internal/run"
)

const (
	mostWarnings   = 5
	longestWarning = 500
)

// gathering is how one customer's records are fetched.
type gathering struct {
	*Fetcher
	customer run.Customer
	ask      asking
	into     run.Sink
	asked    int // how often the cmdlet was sent in total
}

// fill asks for answer after answer until one is not full.
func (g *gathering) fill(ctx context.Context, table *records.Table) error {
	ask, heard := g.ask.again(), warnings{seen: map[string]bool{}}
	if ask.cursor != nil {
		table.Keep([]string{"Received", "RecipientAddress", "MessageTraceId"}, ask.cursor.keep)
	}
	for number := 1; ; number++ {
		cmdlet, err := ask.next(number)
		if err != nil {
			return err
		}
		before := table.Seen()
		heard.more = false
		g.asked++
		err = g.pages(ctx, g.customer, cmdlet, table.Add, func(p page) bool {
			goOn := p.next != "" && !ask.enough(table.Seen()-before)
			g.pass(ctx, p.warnings, goOn, &heard)
			heard.more = heard.more || p.next != "" && !goOn
			return goOn
		})
		if err != nil {
			return err
		}
		full := ask.full(table.Seen() - before)
		if (full || heard.more && ask.cursor != nil) && ask.leads(number, g.asked) {
			continue
		}
		if full || heard.more || ask.most > 0 && table.Seen() >= ask.most {
			g.into.Warn(run.WarnTruncated, ask.name+" may have more records than it returned")
		}
		return nil
	}
}

// warnings are Exchange's warnings.
type warnings struct {
	seen map[string]bool // each text, as it was passed on
	more bool            // the last answer is said to be incomplete
}

// ofPage begins the warning of every page that has a next link, even if the cmdlet was
// asked for no more records than that.
//
// Source: answers recorded in internal/exoclient of github.com/rknightion/graph2otel,
// commit 268cd7d
const ofPage = "There are more results available than are currently displayed."

// pass passes on a page's warnings, each once. goOn says that the next page is
// fetched.
func (g *gathering) pass(ctx context.Context, texts []string, goOn bool, heard *warnings) {
	for _, text := range texts {
		text = run.Clip(strings.Join(strings.Fields(text), " "), longestWarning)
		if goOn && strings.HasPrefix(text, ofPage) {
			continue
		}
		if strings.Contains(strings.ToLower(text), "more results") {
			heard.more = true
		}
		if text == "" || heard.seen[text] || len(heard.seen) == mostWarnings {
			continue
		}
		heard.seen[text] = true
		g.log.LogAttrs(ctx, slog.LevelWarn, "Exchange warns: "+text, slog.String("customer", g.customer.Label()))
	}
}
