package report

// Access is the function of our own report, which has one row for every customer
// with what it lets us do. No other report may have this name.
const Access = "access"

var accessColumns = header("Class,What To Do,Consent Address,Sign-in,Graph Reports,Exchange,Missing Permissions,Names Concealed,Relationship Ends")
