package rollup_test

// mutants are the rules that the protocol rests on, each taken away. Rules
// that are repeated in several places have one mutant for each.
var mutants = []mutant{
	// Every write of state carries If-Match, or If-None-Match *.
	{
		"a checkpoint is written under the version that was read", "runstore.Store.Write",
		before("SetMetadata", `now, _ := s.container.Head(ctx, name); version = now.ETag`),
	},
	{
		"a record is created if there is none", "runstore.Store.Write",
		before("Put", `now, _ := s.container.Head(ctx, name)
		return s.container.Put(ctx, name, nil, Write{IfMatch: now.ETag, Metadata: metadata, ContentType: jsonType})`),
	},
	{
		"a record is published under the version that was read", "runstore.Store.putRecord",
		before("Put", `now, _ := s.container.Head(ctx, name); version = now.ETag`),
	},
	{
		"a list is written under the version that was read", "runstore.Store.WriteList",
		before("Put", `if list, err = s.container.Head(ctx, name); err != nil && !errors.Is(err, ErrNotFound) { return err }`),
	},
	{
		"a file is committed under the version that was read", "runstore.Store.commit",
		before("Commit", `now, _ := s.container.Head(ctx, filePath(key, file)); w.IfMatch = now.ETag`),
	},
	{
		"a refused write fails the invocation, never success", "rollup.slice.fail",
		before("publishing", `if errors.Is(cause, run.ErrRefused) { return nil }`),
	},
	{"after a refused write the slice writes nothing more", "rollup.slice.fail", call("errors.Is", `false`)},

	// Turns.
	{"a message of a lower turn is dropped", "rollup.overtaken", body(`return false`)},
	{"a message of another run is dropped", "rollup.ofAnotherRun", body(`return false`)},
	{"a published run needs nothing", "rollup.verdictOn", call("Finished", `cp.Finished() && ofAnotherRun(m, cp)`)},
	{
		"a continuation has a turn higher than the sender's", "rollup.Rollup.Slice",
		call("continuation", `s.cp.Message(s.key, s.cp.Turn)`),
	},
	{
		"a message that revives a run has a turn higher than the record's", "rollup.Rollup.continuation",
		body(`return cp.Message(key, run.FirstTurn(r.Random))`),
	},
	{
		"a request's message has the same turn as its record", "rollup.Rollup.writeRequest",
		call("Message", `cp.Message(key, "0000-00000000")`),
	},

	// A claim.
	{
		"a claim is written", "rollup.Rollup.writeClaim",
		call("save", `func() error { if s.version != "" { return nil }; return s.save(ctx) }()`),
	},
	{"a claim says its own turn", "rollup.Rollup.writeClaim", assignment("Turn", `s.cp.Turn = max(s.cp.Turn, "0001-00000000")`)},
	{"a claim makes the slice number unique", "rollup.Rollup.writeClaim", assignment("Slices", `s.cp.Slices = max(s.cp.Slices, 1)`)},
	{"the last delivery of a message that can't claim its run stops it", "rollup.Rollup.Slice", call("giveUp", `err`)},
	{"it stops no run that others work on", "rollup.Rollup.giveUp", call("verdictOn", `claimRun`)},

	// The list.
	{"the record is read again before a list is written", "runstore.Store.WriteList", call("stillMine", `error(nil)`)},
	{"a list of another run is lost", "runstore.isListOf", body(`return list.Metadata["list"] == strconv.Itoa(checkpoint.List)`)},
	{"a list of another slice is lost", "runstore.isListOf", body(`return list.Metadata["run"] == checkpoint.Run`)},

	// The filters.
	{"a customer that the filters now rule out is not asked", "rollup.slice.ask", call("RulesOut", `false, error(nil)`)},
	{
		"the current filters apply to the list of a rerun", "rollup.slice.findFailed",
		call("RulesOut", `asBefore(customers[i]).failure.Class == run.Excluded, error(nil)`),
	},
	{"a rerun of some customers asks no others", "rollup.slice.passesOver", body(`return false`)},
	{"a request is not joined to a rerun that asks fewer customers", "run.Asked.Covers", body(`return true`)},
	{"a rerun does not begin before the filters are known", "rollup.slice.findFailed", call("Ready", `[]string(nil), error(nil)`)},

	// Blocks.
	{"a block id names the slice", "run.BlockID", call("Appendf", `fmt.Appendf(nil, "%s-%04d-%06d", run, 1, sequence)`)},
	{"a block id names the run", "run.BlockID", call("Appendf", `fmt.Appendf(nil, "%s-%04d-%06d", "00000000", slice, sequence)`)},
	{
		"blocks are noted after they are staged", "rollup.slice.stage",
		before("lines.flush", `s.cp.NoteStaged(s.cp.Slices, s.rows.sequence, s.lines.sequence+min(len(s.lines.buffer), 1))
		if err := s.save(ctx); err != nil { return err }`),
	},

	// A body whose columns are named last.
	{"a body without a header line gets one", "rollup.spool.reader", call("headed", `body`)},
	{"records that lack columns are padded", "rollup.padder.next", assignment("lacks", `lacks := 0`)},
	{"commas and line ends within quotes belong to the cell", "rollup.padder.count", body(`p.commas += bytes.Count(piece, []byte{','})`)},
	{"commas are counted per record", "rollup.padder.next", assignment("commas", ``)},
	{"a body that is fetched again has its own column names", "rollup.spool.Reset", assignment("columns", `s.warned = nil`)},

	// A restart.
	{"a restart is a claim: slices + 1", "rollup.slice.restart", assignment("Slices", ``)},
	{"a restart is a claim: restarts + 1", "rollup.slice.startOver", assignment("Restarts", ``)},
	{"a restart is a claim: it is written", "rollup.slice.restart", call("save", `error(nil)`)},
	{"a restart forgets the blocks", "rollup.slice.startOver", assignment("Blocks", ``)},
	{"a restart forgets the cursor", "rollup.slice.startOver", assignment("Cursor", ``)},
	{
		"a restart of the failed begins at the list's base", "rollup.slice.startOver",
		assignment("Counts", `s.cp.Counts, s.cp.MD5 = run.Counts{}, base.MD5`),
	},
	{
		"a restart that could not be written leaves no old rows", "rollup.slice.restart",
		before("openFiles", `if err := s.save(ctx); err != nil { return err }`),
	},
	{
		"the run starts over if its blocks are gone", "rollup.slice.advance",
		before("restartAfter", `if again, _ := s.restartAfter(err); again.newStart { return false, err }`),
	},
	{
		"a rerun of the failed whose list is gone is stopped", "rollup.slice.advance",
		before("restartAfter", `if s.orphaned(err) { return false, err }`),
	},
	{"a slice can claim a run whose list is gone", "rollup.Rollup.writeClaim", call("orphaned", `false`)},
	{"a run whose message was lost gets its full time", "rollup.slice.resume", assignment("lost", `lost := false`)},
	{"a run whose message waited does not", "rollup.slice.resume", assignment("lost", `lost := s.claimedAt.Sub(s.cp.Updated) > 2*time.Hour`)},

	// Publication.
	{"state publishing freezes everything", "rollup.slice.freeze", assignment("State", ``)},
	{"settings and age are ignored while publishing", "rollup.slice.restartDue", call("publishing", `false`)},
	{"nothing stops a run that is being published", "rollup.stopped", body(`cp.State, cp.Reason = run.StateStopped, reason; return cp`)},
	{"the record is read again before the commits", "runstore.Store.Publish", call("stillMine", `error(nil)`)},
	{"nothing is committed if blocks of either file are gone", "runstore.lacks", body(`return false`)},
	{"a blob with this run and number of restarts is not committed again", "runstore.visible.committedBy", body(`return false`)},
	{
		"a blob from before a restart of the run is committed again", "runstore.visible.committedBy",
		body(`return v.Metadata["run"] == checkpoint.Run`),
	},
	{
		"a request never replaces the publication's body", "runstore.Store.Write",
		before("SetMetadata", `if checkpoint.State == run.StateQueued {
			return s.container.Put(ctx, name, nil, Write{IfMatch: version, Metadata: metadata, ContentType: jsonType})
		}`),
	},
	{
		"a rerun builds only on the publication's files", "runstore.Store.fileOf",
		before("unusable", `return blob, nil`),
	},

	// Never worse than before.
	{"a run that falls short is held", "rollup.slice.shortfall", body(`return "", nil`)},
	{"a hold has a higher turn than every message so far", "rollup.slice.hold", call("Hold", `s.cp.Turn`)},
	{"the claim of an accepted run is the write of publishing", "rollup.Rollup.writeClaim", call("accepted", `false`)},
	{"an accepted run is published whatever the settings and its age", "rollup.slice.restartDue", call("accepted", `false`)},
	{"a restart forgets that a run was accepted", "rollup.slice.startOver", assignment("Accept", `s.cp.Refusal, s.cp.Reason = "", ""`)},
	{"only a run that is held, and not for too long, is accepted", "rollup.judgeAccept", body(`return nil`)},
	{"a corrected call replaces a waiting run", "rollup.corrected", body(`return false`)},
	{
		"a corrected call does not replace an accepted run", "rollup.corrected",
		body(`return (cp.State == run.StateStopped || cp.State == run.StateHeld) && scope == run.ScopeAll && cp.Call != call`),
	},
	{
		"if a restart's list is lost, it is made again", "rollup.slice.startOver",
		call("orphaned", `true`),
	},

	// A record has only so much room.
	{"no more customers are set aside than the record has room for", "rollup.slice.mayDefer", body(`return len(s.cp.Deferred) < run.DeferredLimit`)},
	{"a run whose record is full ends", "rollup.slice.full", body(`return false`)},

	// A call that nobody answers.
	{"the run of a call that is refused everywhere is stopped", "rollup.slice.nobodyAnswers", body(`return false`)},
	{"that stop has a higher turn than every message so far", "rollup.slice.stopUnanswered", call("Hold", `s.cp.Turn`)},
	{"that run starts again at the first customer", "rollup.slice.stopUnanswered", call("startOver", `error(nil)`)},
	{
		"a stop that could not be written leaves no old lines", "rollup.slice.stopUnanswered",
		before("openFiles", `if err := s.save(ctx); err != nil { return err }`),
	},
	{"the next slice goes on counting refusals", "rollup.slice.takeUpRefusals", body(`s.refusals = refusals{answered: s.cp.Done() > s.cp.Excluded}`)},
	{"an answer to an earlier slice counts", "rollup.slice.takeUpRefusals", assignment("refusals", ``)},
	{"few customers are asked until one of them is answered", "rollup.early.enter", body(`return true`)},

	// A folder instead of storage.
	{"a write succeeds only if the ETag matches", "runstore.Folder.meets", body(`_ = run.ErrRefused; found, err := f.find(name); if errors.Is(err, ErrNotFound) { err = nil }; return found, err`)},
	{"one operation at a time", "runstore.Folder.locked", call("tryLock", `true, error(nil)`)},
	{"content is in place before properties are read", "runstore.Folder.find", call("settle", `error(nil)`)},
	{"a file of another length is not ours", "runstore.properties.areOf", body(`return p.ETag != ""`)},
	{"an undecided write is removed", "runstore.Folder.decided", before("readProperties", `if f.root != nil { return f.readProperties(name) }`)},

	// Missed nights.
	{
		"missed nights count from the oldest record", "rollup.Rollup.missedDates",
		call("Dates", `func() ([]report.Date, error) {
			all, err := r.Store.Dates(ctx, reportName, tonight.AddDays(-missedDays), tonight.AddDays(-1))
			return all[max(0, len(all)-1):], err
		}()`),
	},
	{"nights that the schedule leaves out are not missed", "rollup.Rollup.missedDates", call("due", `true`)},
	{"a report of the present is made for today only", "rollup.canMakeUp", call("AsOfNow", `false`)},
	{"a date that Microsoft no longer answers is not asked for", "rollup.canMakeUp", call("AnswerableOn", `func() error { _ = today; return nil }()`)},
}
