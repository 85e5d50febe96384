package main

// whereItGoes was written by hand: profiles are taken when there is a reason to.
const whereItGoes = `
## Where a customer's microseconds go

These are profiles of 25 s in a night of 4,480 customers, 64 in flight, 200 rows each
(2026-11-29). Other programs used both cores, so compare the shares rather than the sums.
The last column is a loop that makes the same four requests with net/http and looks at no
row.

| µs a customer | With a secret | With a certificate | The bare loop |
| --- | --- | --- | --- |
| signing (one RSA-2048 signature a tenant) | – | 1230 | – |
| system calls that write and read the network | 140 | 105 | 220 |
| net/http: headers, connections, buffers | 145 | 135 | 210 |
| TLS | 65 | 90 | 30 |
| azcore's pipeline and package msapi: retries, limits, silence | 165 | 155 | – |
| CSV: all checks, the guard, the layout | 135 | 110 | – |
| MD5 of the published file, which storage checks | 90 | 85 | – |
| JSON: the token, its claims, the organization | 50 | 40 | 40 |
| garbage collection | 80 | 90 | 55 |
| scheduling, and everything else | 120 | 80 | 85 |
| in all | 990 | 2120 | 640 |

A signature can't be shared, because each names the tenant that it is for. The way to a
cheaper night is therefore fewer sign-ins: a night of several reports signs in once for each
customer and service.

HTTP/2, which Entra and Graph speak, stays off: it saves memory, of which there is enough,
but no time. It was measured with the simulator speaking it by ALPN. The requests are the
same, on 4 connections in all instead of 4 for each customer in flight. With warm
connections:

- The bare loop takes 674 µs a customer instead of 612 at 64 in flight, and 495 instead of
  473 at 256. A download takes 1 to 6 ms longer. Memory is 19 MB instead of 32, and 40 MB
  instead of 85.
- The handler takes 970 µs instead of 1013, 42.7 s instead of 42.4, and 65 MB instead of 75.

And on a shared connection, one that stalls would stall every customer in flight.

The floor's rows count the whole process, including its start and first connections. HTTP/2
has fewer of these, so there it looks cheaper than in the warm loop.
`

const howToRead = `
## How to read this

Microsoft is simulated: a token takes 80 ms, a report call 250 ms, a download 150 ms, under
any load. The measurements show what the handler adds to that. It runs as it ships, in a
separate process, under the stand-in of the Functions host, with Azurite as its storage. The
simulator is another process.

- The wall time of a night is from the nightly trigger until the run is published: sign-in,
  customer list, all reports, checkpoints and publication. *Shortest* is the sum of all
  latencies divided by the customers in flight; no night can be faster.
- CPU is the user and system time of the handler between trigger and publication. For the
  rivals, it is that of the whole process. Peak memory is the kernel's VmHWM of a handler
  that did only this night, the pages of its binary included. A MB is a million bytes. Both
  are read from /proc, so they are available on Linux only.
- *Tokens*, *Reports* and *Downloads* are the requests in customers' tenants, as the
  simulator counted them, and how long each took on average. *At once* is the most requests
  of one of these kinds in progress at one moment.
- A row counts only if these numbers confirm it: every customer asked once, latencies at most
  a tenth above the nominal ones, the concurrency reached and never exceeded, all rows in the
  record. After a kill, customers asked again are added, and requests that the kill ended
  early are allowed for.
- In the night of eight reports, one process asks each customer for a Graph report of 200
  rows, eight times. The build of 018a005 runs the same night at the same time, with its own
  Azurite and simulator, so anything else that the machine does slows both. That build signs
  in to every customer for every report. It uses API versions of Azure, and a form of Entra
  requests, that the real services refuse today, so its stand-ins accept both; nothing else
  is different. Its packages are measured by benchmarks of this repository, copied into a
  checkout of that commit.
- The floor makes the same four requests for each customer with net/http and looks at no row:
  no customer can cost the handler less.
- The night with the throttled customer ends when a checkpoint confirms that all others are
  merged. The moment when the last of them was downloaded is compared.
- The night with slow customers has twice as many customers as the others, because the last
  slow one, asked near the end, adds its 9.6 s in any order.
- 100,000 customers are measured at 256 in flight only: at 64, their latencies add up to
  twelve and a half minutes. The handler is killed in a smaller night, to keep the whole
  benchmark under twenty minutes.
- After the nights with kills, the published file is read through the link that the API
  returns, and the rows of every customer in it are counted.
- The rivals' sources are in test/rivals. They do less: no sign-in through Key Vault, no
  organization's name, no checks, no checkpoints, a local file.
- Checkpoints are measured under a simulated clock, where only waiting counts: each call to
  the storage takes 30 ms and 10 ns per byte.
`
