package rollup_test

const (
	storeFile   = "../runstore/store.go"
	listFile    = "../runstore/list.go"
	publishFile = "../runstore/publish.go"
	failedFile  = "../runstore/failed.go"
)

// mutants are the rules that the protocol rests on, each taken away. Rules
// that are repeated in several places have one mutant for each.
var mutants = []mutant{
	// Every write of state carries If-Match, or If-None-Match *.
	{
		"a checkpoint is written under the version that was read", storeFile,
		`return s.container.SetMetadata(ctx, name, version, metadata)`,
		`now, _ := s.container.Head(ctx, name)
	return s.container.SetMetadata(ctx, name, now.ETag, metadata)`,
	},
	{
		"a record is created where there is none", storeFile,
		`return s.container.Put(ctx, name, nil, Write{Metadata: metadata, ContentType: jsonType})`,
		`now, _ := s.container.Head(ctx, name)
		return s.container.Put(ctx, name, nil, Write{IfMatch: now.ETag, Metadata: metadata, ContentType: jsonType})`,
	},
	{
		"a record is published under the version that was read", publishFile,
		`_, err = s.container.Put(ctx, name, body, Write{IfMatch: version, Metadata: metadata, ContentType: jsonType})`,
		`now, _ := s.container.Head(ctx, name)
	_, err = s.container.Put(ctx, name, body, Write{IfMatch: now.ETag, Metadata: metadata, ContentType: jsonType})`,
	},
	{
		"a list is written under the version that was read", listFile,
		`	_, err = s.container.Put(ctx, name, body, Write{IfMatch: list.ETag,`,
		`	if list, err = s.container.Head(ctx, name); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	_, err = s.container.Put(ctx, name, body, Write{IfMatch: list.ETag,`,
	},
	{
		"a file is committed under the version that was read", publishFile,
		`IfMatch:     current.ETag,`,
		`IfMatch:     func() string { now, _ := s.container.Head(ctx, filePath(key, file)); return now.ETag }(),`,
	},
	{
		"a refused write fails the invocation, never success", "rollup.go",
		`	if err != nil {
		return nil, s.fail(ctx, err, last)
	}`,
		`	if errors.Is(err, run.ErrRefused) {
		return nil, nil
	}
	if err != nil {
		return nil, s.fail(ctx, err, last)
	}`,
	},
	{
		"after a refused write the slice writes nothing more", "stop.go",
		`errors.Is(cause, run.ErrRefused) || !partners`, `!partners`,
	},
	// Turns.
	{
		"a message of a lower turn is dropped", "claim.go",
		`case record.Run != m.Run, record.Turn > m.Turn:`, `case record.Run != m.Run:`,
	},
	{
		"a message of another run is dropped", "claim.go",
		`case record.Run != m.Run, record.Turn > m.Turn:`, `case record.Run == m.Run && record.Turn > m.Turn:`,
	},
	{
		"a published run needs nothing", "claim.go",
		`case record.Finished():
		return drop`, `case record.Finished() && record.Run != m.Run:
		return drop`,
	},
	{
		"a continuation has a turn higher than the sender's", "rollup.go",
		`Run: s.cp.Run, Turn: s.cp.Turn.Next(s.Random),`, `Run: s.cp.Run, Turn: s.cp.Turn,`,
	},
	{
		"a message that revives a run has a turn higher than the record's", "claim.go",
		`Run: record.Run, Turn: record.Turn.Next(random),`, `Run: record.Run, Turn: run.FirstTurn(random),`,
	},
	{
		"a request's message has the very turn that its record has", "request.go",
		`return run.Message{Run: cp.Run, Turn: cp.Turn, Report`, `return run.Message{Run: cp.Run, Turn: "0000-00000000", Report`,
	},
	// A claim.
	{
		"a claim is written", "claim.go",
		`	if err := s.save(ctx); err != nil {
		return nil, err
	}
	if err := s.restoreWriters()`,
		`	if s.version == "" {
		if err := s.save(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.restoreWriters()`,
	},
	{"a claim says its own turn", "claim.go", `	s.cp.Turn = m.Turn
`, `	s.cp.Turn = max(s.cp.Turn, "0001-00000000")
`},
	{"a claim makes the slice number unique", "claim.go", `	s.cp.Turn = m.Turn
	s.cp.Slices++
`, `	s.cp.Turn = m.Turn
	s.cp.Slices = max(s.cp.Slices, 1)
`},
	// The list.
	{
		"before a list is written the record is read once more", listFile,
		`	if err := s.stillMine(ctx, key, version); err != nil {
		return err
	}
`, ``,
	},
	{
		"a list of another run is lost", listFile,
		`list.Metadata["run"] != checkpoint.Run || `, ``,
	},
	{
		"a list of another slice is lost", listFile,
		`list.Metadata["list"] != strconv.Itoa(checkpoint.List) {`, `false {`,
	},
	// Blocks.
	{"a block id names the slice", "../run/run.go", `fmt.Appendf(nil, "%s-%04d-%06d", run, slice, sequence)`, `fmt.Appendf(nil, "%s-%04d-%06d", run, 1+slice*0, sequence)`},
	{"a block id names the run", "../run/run.go", `fmt.Appendf(nil, "%s-%04d-%06d", run, slice, sequence)`, `fmt.Appendf(nil, "%.8s-%04d-%06d", "00000000"+run, slice, sequence)`},
	{
		"blocks are noted after they are staged", "merge.go",
		`	if err := s.lines.flush(ctx); err != nil {
		return err
	}
`, `	s.cp.NoteStaged(s.cp.Slices, s.rows.sequence, s.lines.sequence+min(len(s.lines.buffer), 1))
	if err := s.save(ctx); err != nil {
		return err
	}
	if err := s.lines.flush(ctx); err != nil {
		return err
	}
`,
	},
	// A restart.
	{"a restart is a claim: slices + 1", "restart.go", `	s.cp.Slices++
`, ``},
	{"a restart is a claim: restarts + 1", "restart.go", `	s.cp.Restarts++
`, ``},
	{
		"a restart is a claim: it is written", "restart.go",
		`	return s.save(ctx)
`, `	return nil
`,
	},
	{"a restart forgets the blocks", "restart.go", `s.cp.Blocks, s.cp.Deferred = nil, nil`, `s.cp.Deferred = nil`},
	{"a restart forgets the cursor", "restart.go", `	s.cp.Cursor = 0
`, ``},
	{"a restart of the failed begins at the list's base", "restart.go", `s.cp.Counts, s.cp.MD5 = base.Counts, base.MD5`, `s.cp.Counts, s.cp.MD5 = run.Counts{}, base.MD5`},
	// Publication.
	{"state publishing freezes everything", "merge.go", `		s.cp.State = run.StatePublishing
`, ``},
	{"settings and age are passed over while publishing", "claim.go", `s.version == "" || s.cp.State == run.StatePublishing ||`, `s.version == "" ||`},
	{"nothing stops a run that is being published", "stop.go", `if record.State != run.StatePublishing {`, `if true {`},
	{
		"before the commits the record is read once more", publishFile,
		`	if err := s.stillMine(ctx, key, version); err != nil {
		return err
	}
`, ``,
	},
	{
		"a blob that bears run and restarts is passed over", publishFile,
		`if current.Metadata["run"] == metadata["run"] && current.Metadata["restarts"] == metadata["restarts"] {`, `if false {`,
	},
	{
		"a blob that bears the run of before a restart is not passed over", publishFile,
		`if current.Metadata["run"] == metadata["run"] && current.Metadata["restarts"] == metadata["restarts"] {`,
		`if current.Metadata["run"] == metadata["run"] {`,
	},
	{
		"blocks that are gone start the run over", "rollup.go",
		`case errors.Is(err, run.ErrBlocksLost):`, `case false:`,
	},
	{
		"a request never replaces the publication's body", storeFile,
		`	return s.container.SetMetadata(ctx, name, version, metadata)`,
		`	if checkpoint.State == run.StateQueued {
		return s.container.Put(ctx, name, nil, Write{IfMatch: version, Metadata: metadata, ContentType: jsonType})
	}
	return s.container.SetMetadata(ctx, name, version, metadata)`,
	},
	// What was found on the way.
	{
		"a rerun builds upon files of the publication alone", failedFile,
		`if blob.Metadata["run"] != published {`, `if false {`,
	},
	{
		"a rerun of the failed whose list is gone is stopped", "rollup.go",
		`if s.cp.Scope == run.ScopeFailed && errors.Is(err, run.ErrListLost) {`, `if false {`,
	},
	{
		"a restart that could not be written leaves no old rows", "restart.go",
		`	if err := s.restoreWriters(); err != nil {
		return err
	}
	return s.save(ctx)
`, `	if err := s.save(ctx); err != nil {
		return err
	}
	return s.restoreWriters()
`,
	},
	{
		"a list that is gone does not keep a slice from its claim", "claim.go",
		`err != nil && !errors.Is(err, run.ErrListLost) {`, `err != nil {`,
	},
}
