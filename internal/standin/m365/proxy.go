package m365

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// proxy answers CONNECT: it terminates TLS for the hosts of this cloud, passes
// blob storage on, and refuses everything else.
type proxy struct {
	cloud    *Cloud
	hosts    map[string]http.Handler
	front    *http.Server
	listener net.Listener
	inner    *http.Server
	accepted *connQueue
	tls      *tls.Config
	blobAddr atomic.Pointer[string]
	storage  *http.Transport // to Azurite, during an outage of storage
	running  sync.WaitGroup

	mu      sync.Mutex
	tunnels map[net.Conn]bool
	closed  bool
}

func (c *Cloud) startProxy() (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the proxy: %w", err)
	}
	p := &proxy{
		cloud:    c,
		hosts:    c.hosts(),
		listener: listener,
		accepted: &connQueue{addr: listener.Addr(), conns: make(chan net.Conn), done: make(chan struct{})},
		tunnels:  map[net.Conn]bool{},
	}
	p.tls = &tls.Config{GetCertificate: p.certificate}
	p.blobAddr.Store(new("")) // until SetBlobAddr
	p.startReadOnly()
	silent := log.New(io.Discard, "", 0) // if a client resets, a test wants it
	p.front = &http.Server{Handler: http.HandlerFunc(p.connect), ErrorLog: silent, ReadHeaderTimeout: time.Minute}
	p.inner = &http.Server{Handler: http.HandlerFunc(p.dispatch), ErrorLog: silent, ReadHeaderTimeout: 10 * time.Minute, Protocols: new(http.Protocols)}
	p.inner.Protocols.SetHTTP1(true)
	if c.opts.HTTP2 {
		p.tls.NextProtos = []string{"h2", "http/1.1"}
		p.inner.Protocols.SetHTTP2(true)
	}
	p.running.Go(func() { p.front.Serve(listener) })
	p.running.Go(func() { p.inner.Serve(p.accepted) })
	return p, nil
}

// hosts are the names that this cloud serves.
func (c *Cloud) hosts() map[string]http.Handler {
	download := c.downloadHandler()
	hosts := map[string]http.Handler{
		loginHost:     c.entraHandler(),
		graphHost:     c.graphHandler(),
		c.vaultHost(): c.vaultHandler(),
	}
	exchange := c.exchangeHandler()
	hosts[exchangeHost], hosts[regionalHost] = exchange, exchange
	hosts[teamsHost] = c.webhookHandler()
	hosts[plainHost] = hosts[teamsHost]
	for _, host := range reportHosts {
		hosts[host] = download
	}
	return hosts
}

func (p *proxy) addr() string { return p.listener.Addr().String() }
func (p *proxy) url() string  { return "http://" + p.addr() }

func (p *proxy) close() {
	p.front.Close()
	p.inner.Close()
	p.storage.CloseIdleConnections()
	p.mu.Lock()
	p.closed = true
	for conn := range p.tunnels {
		conn.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
}

func (p *proxy) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "this proxy only knows CONNECT", http.StatusMethodNotAllowed)
		return
	}
	host, port, _ := net.SplitHostPort(r.Host)
	switch {
	case port == "443" && p.hosts[host] != nil:
		p.terminate(w, host)
	case port == "443" && isStorage(host) && p.cloud.out(BlobReadOnly, StorageEchoes, BlobEndless):
		p.terminate(w, host)
	case port == "443" && isStorage(host):
		p.passOn(w)
	default:
		p.cloud.counts.refuse(r.Host)
		http.Error(w, "no host of this cloud: "+r.Host, http.StatusForbidden)
	}
}

// terminate passes the connection to the inner server, as TLS of that host.
func (p *proxy) terminate(w http.ResponseWriter, host string) {
	raw, buffered, err := established(w)
	if err != nil {
		return
	}
	p.accepted.put(tls.Server(&hostConn{Conn: raw, host: host, reader: buffered.Reader}, p.tls))
}

// certificate returns the leaf for a ClientHello, which must name the same host as the
// CONNECT.
func (p *proxy) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	host := hello.Conn.(*hostConn).host
	if hello.ServerName != host {
		return nil, fmt.Errorf("CONNECT to %s, then TLS for %q", host, hello.ServerName)
	}
	return p.cloud.ca.leaf(host)
}

func (p *proxy) dispatch(w http.ResponseWriter, r *http.Request) {
	if r.Host != r.TLS.ServerName {
		http.Error(w, "connection of another host", http.StatusMisdirectedRequest)
		return
	}
	if p.cloud.echo(w, r) {
		return
	}
	if isStorage(r.Host) {
		p.serveStorage(w, r)
		return
	}
	p.hosts[r.Host].ServeHTTP(w, r)
}

// passOn connects the client to the blob service, byte for byte.
func (p *proxy) passOn(w http.ResponseWriter) {
	addr := *p.blobAddr.Load()
	if addr == "" {
		http.Error(w, "no blob service was given", http.StatusBadGateway)
		return
	}
	far, err := net.Dial("tcp", addr)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer far.Close()
	near, buffered, err := established(w)
	if err != nil {
		return
	}
	defer near.Close()
	if !p.track(near, far) {
		return
	}
	defer p.untrack(near, far)
	defer p.cloud.counts.begin(KindBlob, "")()
	p.join(near, buffered.Reader, far)
}

// join copies both ways until one side ends.
func (p *proxy) join(near net.Conn, fromNear io.Reader, far net.Conn) {
	var both sync.WaitGroup
	both.Go(func() {
		io.Copy(far, fromNear)
		far.Close()
	})
	both.Go(func() {
		io.Copy(near, far)
		near.Close()
	})
	both.Wait()
}

// track remembers a tunnel so that close ends it. It returns false once closed.
func (p *proxy) track(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.running.Add(1)
	for _, conn := range conns {
		p.tunnels[conn] = true
	}
	return true
}

func (p *proxy) untrack(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		delete(p.tunnels, conn)
	}
	p.running.Done()
}

// established takes over the connection and tells the client that it is open.
func established(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, buffered, nil
}

// hostConn is a connection to the host that CONNECT named. It reads first what
// the front server had already buffered.
type hostConn struct {
	net.Conn
	host   string
	reader *bufio.Reader
}

func (c *hostConn) Read(b []byte) (int, error) { return c.reader.Read(b) }

// connQueue is the inner server's listener.
type connQueue struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

var errQueueClosed = errors.New("proxy closed")

func (q *connQueue) Accept() (net.Conn, error) {
	select {
	case conn := <-q.conns:
		return conn, nil
	case <-q.done:
		return nil, errQueueClosed
	}
}

func (q *connQueue) put(conn net.Conn) {
	select {
	case q.conns <- conn:
	case <-q.done:
		conn.Close()
	}
}

func (q *connQueue) Close() error {
	q.once.Do(func() { close(q.done) })
	return nil
}

func (q *connQueue) Addr() net.Addr { return q.addr }
