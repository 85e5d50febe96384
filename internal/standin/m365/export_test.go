package m365

import "net/http"

// Dispatch serves a request as if it had come through the proxy.
func (c *Cloud) Dispatch(w http.ResponseWriter, r *http.Request) { c.proxy.dispatch(w, r) }
