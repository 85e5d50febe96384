package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tenantrollup/internal/web"
)

func TestWrongSettings(t *testing.T) {
	api := web.WrongSettings("2 settings need attention:\nCONCURRENCY=\"many\": want a whole number\nREPORTS: <script>")
	answer := func(accept string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(http.MethodPost, "/api/runs", strings.NewReader("{}"))
		request.Header.Set("Accept", accept)
		recorder := httptest.NewRecorder()
		api.ServeHTTP(recorder, request)
		if recorder.Code != http.StatusServiceUnavailable {
			t.Errorf("answered %d", recorder.Code)
		}
		return recorder
	}
	t.Run("programs get them as JSON", func(t *testing.T) {
		var body struct {
			Error struct{ Code, Message string }
		}
		recorder := answer("*/*")
		if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil || body.Error.Code != "settings" ||
			!strings.HasSuffix(body.Error.Message, "\nREPORTS: <script>") || recorder.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%v: %s", err, recorder.Body)
		}
	})
	t.Run("browsers get a page with a line for each", func(t *testing.T) {
		recorder := answer(browser)
		checkPromises(t, recorder.Header(), recorder.Body.String())
		for _, want := range []string{`<ul class="words">`, "<li>CONCURRENCY=&#34;many&#34;: want a whole number</li>", "<li>REPORTS: &lt;script&gt;</li>"} {
			if !strings.Contains(recorder.Body.String(), want) {
				t.Errorf("no %s in %s", want, recorder.Body)
			}
		}
	})
}
