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
		"a request's message has the very turn that its record has", "rollup.Rollup.writeRequest",
		call("Message", `cp.Message(key, "0000-00000000")`),
	},

	// A claim.
	{
		"a claim is written", "rollup.Rollup.writeClaim",
		call("save", `func() error { if s.version != "" { return nil }; return s.save(ctx) }()`),
	},
	{"a claim says its own turn", "rollup.Rollup.writeClaim", assignment("Turn", `s.cp.Turn = max(s.cp.Turn, "0001-00000000")`)},
	{"a claim makes the slice number unique", "rollup.Rollup.writeClaim", assignment("Slices", `s.cp.Slices = max(s.cp.Slices, 1)`)},

	// The list.
	{"before a list is written the record is read once more", "runstore.Store.WriteList", call("stillMine", `error(nil)`)},
	{"a list of another run is lost", "runstore.isListOf", body(`return list.Metadata["list"] == strconv.Itoa(checkpoint.List)`)},
	{"a list of another slice is lost", "runstore.isListOf", body(`return list.Metadata["run"] == checkpoint.Run`)},

	// The filters.
	{"nobody is asked whom the filters rule out now", "rollup.slice.ask", call("RulesOut", `false, error(nil)`)},
	{
		"the list of a rerun is held to the filters as they are now", "rollup.slice.findFailed",
		call("RulesOut", `asBefore(customers[i]).failure.Class == run.Excluded, error(nil)`),
	},
	{"a rerun of some asks nobody else", "rollup.slice.passesOver", body(`return false`)},
	{"a rerun under way that asks fewer is not taken for all", "run.Asked.Covers", body(`return true`)},
	{"a rerun does not begin before the filters can be told", "rollup.slice.findFailed", call("Ready", `[]string(nil), error(nil)`)},

	// Blocks.
	{"a block id names the slice", "run.BlockID", call("Appendf", `fmt.Appendf(nil, "%s-%04d-%06d", run, 1, sequence)`)},
	{"a block id names the run", "run.BlockID", call("Appendf", `fmt.Appendf(nil, "%s-%04d-%06d", "00000000", slice, sequence)`)},
	{
		"blocks are noted after they are staged", "rollup.slice.stage",
		before("lines.flush", `s.cp.NoteStaged(s.cp.Slices, s.rows.sequence, s.lines.sequence+min(len(s.lines.buffer), 1))
		if err := s.save(ctx); err != nil { return err }`),
	},

	// A body whose columns are named last.
	{"it gets a header line", "rollup.spool.reader", call("headed", `body`)},
	{"records that lack columns are padded", "rollup.padder.next", assignment("lacks", `lacks := 0`)},
	{"commas and line ends within quotes are a cell's", "rollup.padder.count", body(`p.commas += bytes.Count(piece, []byte{','})`)},
	{"a record's commas are counted afresh", "rollup.padder.next", assignment("commas", ``)},
	{"a body that is fetched again has the names of its own", "rollup.spool.Reset", assignment("columns", `s.warned = nil`)},

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
		"blocks that are gone start the run over", "rollup.slice.advance",
		before("restartAfter", `if again, _ := s.restartAfter(err); again.newStart { return false, err }`),
	},
	{
		"a rerun of the failed whose list is gone is stopped", "rollup.slice.advance",
		before("restartAfter", `if s.orphaned(err) { return false, err }`),
	},
	{"a list that is gone does not keep a slice from its claim", "rollup.Rollup.writeClaim", call("orphaned", `false`)},

	// Publication.
	{"state publishing freezes everything", "rollup.slice.freeze", assignment("State", ``)},
	{"settings and age are passed over while publishing", "rollup.slice.restartDue", call("publishing", `false`)},
	{"nothing stops a run that is being published", "rollup.stopped", body(`cp.State, cp.Reason = run.StateStopped, reason; return cp`)},
	{"before the commits the record is read once more", "runstore.Store.Publish", call("stillMine", `error(nil)`)},
	{"a blob that bears run and restarts is passed over", "runstore.visible.committedBy", body(`return false`)},
	{
		"a blob that bears the run of before a restart is not passed over", "runstore.visible.committedBy",
		body(`return v.Metadata["run"] == checkpoint.Run`),
	},
	{
		"a request never replaces the publication's body", "runstore.Store.Write",
		before("SetMetadata", `if checkpoint.State == run.StateQueued {
			return s.container.Put(ctx, name, nil, Write{IfMatch: version, Metadata: metadata, ContentType: jsonType})
		}`),
	},
	{
		"a rerun builds upon files of the publication alone", "runstore.Store.fileOf",
		before("unusable", `return blob, nil`),
	},

	// Never worse than before.
	{"a run that falls short is held", "rollup.slice.shortfall", body(`return "", nil`)},
	{"a hold bears a turn that every message so far is behind", "rollup.slice.hold", call("Hold", `s.cp.Turn`)},
	{"the claim of an accepted run is the write of publishing", "rollup.Rollup.writeClaim", call("accepted", `false`)},
	{"an accepted run is published whatever settings and age say", "rollup.slice.restartDue", call("accepted", `false`)},
	{"a restart forgets that a run was accepted", "rollup.slice.startOver", assignment("Accept", `s.cp.Refusal, s.cp.Reason = "", ""`)},
	{"only what is held, and not too long ago, is accepted", "rollup.judgeAccept", body(`return nil`)},
	{"a corrected call takes the place of a run that waits", "rollup.corrected", body(`return false`)},
	{
		"a corrected call does not take the place of an accepted run", "rollup.corrected",
		body(`return (cp.State == run.StateStopped || cp.State == run.StateHeld) && scope == run.ScopeAll && cp.Call != call`),
	},
	{
		"the list of a restart that is lost is made again", "rollup.slice.startOver",
		call("orphaned", `true`),
	},

	// A call that nobody answers.
	{"a call that nobody answers is stopped", "rollup.slice.nobodyAnswers", body(`return false`)},
	{"its stop bears a turn that every message so far is behind", "rollup.slice.stopUnanswered", call("Hold", `s.cp.Turn`)},
	{"its run starts at the first customer again", "rollup.slice.stopUnanswered", call("startOver", `error(nil)`)},
	{"refusals are counted on in the next slice", "rollup.slice.takeUpRefusals", body(`s.refusals = refusals{answered: s.cp.Done() > s.cp.Excluded}`)},
	{"an answer to an earlier slice counts", "rollup.slice.takeUpRefusals", assignment("refusals", ``)},
	{"nobody else is asked before somebody is answered", "rollup.early.enter", body(`return true`)},

	// A folder instead of storage.
	{"a write meets the ETag that it names", "runstore.Folder.meets", body(`_ = run.ErrRefused; found, err := f.find(name); if errors.Is(err, ErrNotFound) { err = nil }; return found, err`)},
	{"one operation at a time", "runstore.Folder.locked", call("tryLock", `true, error(nil)`)},
	{"content is in place before anybody reads the properties", "runstore.Folder.find", call("settle", `error(nil)`)},
	{"a file of another length is somebody else's", "runstore.properties.areOf", body(`return p.ETag != ""`)},
	{"what was never decided is removed", "runstore.Folder.decided", before("readProperties", `if f.root != nil { return f.readProperties(name) }`)},

	// Missed nights.
	{
		"they count from the oldest record", "rollup.Rollup.missedDates",
		call("Dates", `func() ([]report.Date, error) {
			all, err := r.Store.Dates(ctx, reportName, tonight.AddDays(-missedDays), tonight.AddDays(-1))
			return all[max(0, len(all)-1):], err
		}()`),
	},
	{"nights that the schedule leaves out are not missed", "rollup.Rollup.missedDates", call("due", `true`)},
	{"a report of the present is made for today alone", "rollup.canMakeUp", call("AsOfNow", `false`)},
	{"what Microsoft no longer answers is not asked", "rollup.canMakeUp", call("AnswerableOn", `func() error { _ = today; return nil }()`)},
}
