package runstore

// BeforeEachStep makes the folder ask before each change on disk. An error ends
// the operation there, and leaves everything as a killed process would.
func BeforeEachStep(f *Folder, ask func(step string) error) { f.before = ask }
