package m365

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// downloadHandler serves the report hosts, which accept an address and no credential.
func (c *Cloud) downloadHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /data/v1.0/download", c.serveDownload)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		defer c.counts.begin(KindUnknown, "")()
		http.NotFound(w, r)
	})
	return mux
}

func (c *Cloud) serveDownload(w http.ResponseWriter, r *http.Request) {
	customer, got, number, status := c.readAddress(r)
	defer c.counts.begin(KindDownload, customer.TenantID)()
	if !wait(r, c.opts.Latency.Download) {
		return
	}
	if status != http.StatusOK {
		http.Error(w, http.StatusText(status), status)
		return
	}
	c.sendBody(w, r, customer, got, number)
}

// readAddress reads a download's address. It answers 400 if there is a credential or
// another parameter, 404 if this host never issued it, and 403 if it is too old.
// The customer carries the fault of the call that the address answered.
func (c *Cloud) readAddress(r *http.Request) (customer Customer, got call, attempt, status int) {
	query := r.URL.Query()
	if r.Header.Get("Authorization") != "" || len(query) != 1 {
		return Customer{}, call{}, 0, http.StatusBadRequest
	}
	text, ok := c.keys.open("download "+r.Host, query.Get("token"))
	parts := strings.Split(text, "|")
	if !ok || len(parts) != 5 {
		return Customer{}, call{}, 0, http.StatusNotFound
	}
	until, _ := strconv.ParseInt(parts[0], 10, 64)
	index, _ := strconv.Atoi(parts[1])
	ordinal, _ := strconv.Atoi(parts[2])
	got, _ = parseCall(parts[4], c.opts.Today)
	kept := c.attemptAt(index, parts[4], ordinal)
	customer = c.customer(index)
	customer.Fault = kept.fault
	if time.Now().Unix() > until {
		return customer, got, kept.number, http.StatusForbidden
	}
	return customer, got, kept.number, http.StatusOK
}

func (c *Cloud) sendBody(w http.ResponseWriter, r *http.Request, customer Customer, got call, attempt int) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", "attachment; filename="+got.function+".csv")
	switch customer.Fault {
	case Huge:
		c.stream(w, customer, got, attempt)
		return
	case HostileBomb:
		sendBomb(w, r)
		return
	case HostileCircle:
		w.Header().Set("Location", "https://"+r.Host+r.URL.RequestURI())
		w.WriteHeader(http.StatusFound)
		return
	}
	body := c.body(customer, got, attempt)
	if customer.Fault == HostileChunks {
		drip(w, r, slices.Concat(body, make([]byte, bombBlock)))
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	switch {
	case customer.Fault == HTMLBody:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Del("Content-Disposition")
		w.Write(body)
	case customer.Fault == ResetBody:
		resetInBody(w, body)
	case customer.Fault == HostileLength:
		sendTooMuch(w, body)
	case customer.Fault == CutBody, customer.Fault == CutBodyThenFine && c.stillFails(customer.Index):
		w.Write(body[:len(body)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // closes the connection
	case customer.Fault == Drip:
		drip(w, r, body)
	default:
		w.Write(body)
	}
}

// stream writes the body twice, the first time only to learn its length.
func (c *Cloud) stream(w http.ResponseWriter, customer Customer, got call, attempt int) {
	length := 0
	for piece := range c.pieces(customer, got, attempt) {
		length += len(piece)
	}
	w.Header().Set("Content-Length", strconv.Itoa(length))
	for piece := range c.pieces(customer, got, attempt) {
		if _, err := w.Write(piece); err != nil {
			return // the client has gone
		}
	}
}

// drip sends one byte a second.
func drip(w http.ResponseWriter, r *http.Request, body []byte) {
	for i := range body {
		w.Write(body[i : i+1])
		http.NewResponseController(w).Flush()
		if !wait(r, time.Second) {
			return
		}
	}
}

// writeHead writes the status and header on a hijacked connection.
func writeHead(w io.Writer, length int) {
	fmt.Fprintf(w, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", length)
}

// resetInBody sends half of the body and then resets the connection.
func resetInBody(w http.ResponseWriter, body []byte) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	writeHead(buffered, len(body))
	buffered.Write(body[:len(body)/2])
	buffered.Flush()
	time.Sleep(20 * time.Millisecond) // a reset discards what the client has not read yet
	raw := conn.(*tls.Conn).NetConn().(*hostConn).Conn.(*net.TCPConn)
	raw.SetLinger(0)
	raw.Close()
}
