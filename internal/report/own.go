package report

// Access is the function of our own report, one row for every customer with what
// it lets us do, and the name that no other report may have.
const Access = "access"

var accessColumns = header("Class,What To Do,Consent Address,Sign-in,Graph Reports,Exchange,Missing Permissions,Names Concealed,Relationship Ends")
