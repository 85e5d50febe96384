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
		err = g.pages(ctx, g.customer, cmdlet, table.Add, func(texts []string) { g.pass(ctx, texts, &heard) })
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

// pass passes on warnings, each once.
func (g *gathering) pass(ctx context.Context, texts []string, heard *warnings) {
	for _, text := range texts {
		text = run.Clip(strings.Join(strings.Fields(text), " "), longestWarning)
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
