package m365

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// downloadHandler serves the report hosts, which know an address and no
// credential.
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
	customer, got, status := c.readAddress(r)
	defer c.counts.begin(KindDownload, customer.TenantID)()
	if !wait(r, c.opts.Latency.Download) {
		return
	}
	if status != http.StatusOK {
		http.Error(w, http.StatusText(status), status)
		return
	}
	c.sendBody(w, r, customer, got)
}

// readAddress reads a download's address: 400 with a credential or another
// parameter, 404 where this host never gave it out, 403 where it is too old.
func (c *Cloud) readAddress(r *http.Request) (Customer, call, int) {
	query := r.URL.Query()
	if r.Header.Get("Authorization") != "" || len(query) != 1 {
		return Customer{}, call{}, http.StatusBadRequest
	}
	text, ok := c.keys.open("download "+r.Host, query.Get("token"))
	parts := strings.Split(text, "|")
	if !ok || len(parts) != 4 {
		return Customer{}, call{}, http.StatusNotFound
	}
	until, _ := strconv.ParseInt(parts[0], 10, 64)
	index, _ := strconv.Atoi(parts[1])
	got, _ := parseCall(parts[3], c.opts.Today)
	if time.Now().Unix() > until {
		return c.customer(index), got, http.StatusForbidden
	}
	return c.customer(index), got, http.StatusOK
}

func (c *Cloud) sendBody(w http.ResponseWriter, r *http.Request, customer Customer, got call) {
	body := c.body(customer, got)
	switch customer.Fault {
	case HTMLBody:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	case ResetBody:
		resetInBody(w, r, body)
		return
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", "attachment; filename="+got.function+".csv")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if customer.Fault == CutBody || customer.Fault == CutBodyThenFine && c.stillFails(customer.Index) {
		w.Write(body[:len(body)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // closes the connection
	}
	w.Write(body)
}

// resetInBody sends half of the body and then resets the connection.
func resetInBody(w http.ResponseWriter, r *http.Request, body []byte) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(buffered, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", len(body))
	buffered.Write(body[:len(body)/2])
	buffered.Flush()
	time.Sleep(20 * time.Millisecond) // a reset throws away what the client has not read yet
	raw := conn.(*tls.Conn).NetConn().(*hostConn).Conn.(*net.TCPConn)
	raw.SetLinger(0)
	raw.Close()
}
