package rollup

import "time"

// Limits of a slice, a run and a customer.
const (
	checkpointEvery = 10 * time.Second
	saveLimit       = 20 * time.Second // for the last checkpoint of a slice
	claimLimit      = 5                // times that others may overtake a claim or a request

	runLimit      = 24 * time.Hour // for a run in all
	messageLimit  = 6 * time.Hour  // for a message: its ten deliveries take two, and other reports' slices may come first
	restartsLimit = 10             // of a run
	slicesLimit   = 300            // that have staged blocks: more would not fit the record
	roomToGoOn    = 300            // bytes that the record must have left for another slice
	roomToDefer   = 100            // bytes that it must have left for another customer to be set aside

	customerLimit = 5 * time.Minute  // for one fetch in all
	headLimit     = 30 * time.Second // for the customer that all the others wait for
	triesLimit    = 3                // of one customer
	retryPause    = 2 * time.Second  // at least, before a customer is asked again
)
