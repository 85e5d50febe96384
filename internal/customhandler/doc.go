// Package customhandler speaks the wire protocol between the Azure Functions
// host and a custom handler: the host posts every invocation to
// /<FunctionName> as {"Data":{…},"Metadata":{…}} and reads
// {"Outputs":{…},"Logs":[…],"ReturnValue":…} back.
//
// It promises that every answer is a JSON object with its content type (the host
// waits for a null or empty one until the function's timeout), that a status other
// than 2xx means a failed invocation and nothing else, that a failure has been
// logged before it is answered (the host throws the answer's text away), that a
// panic fails one invocation and not the process, and that values are understood
// however often the host has quoted them.
//
// The protocol is described at
// https://learn.microsoft.com/azure/azure-functions/functions-custom-handlers
// and, where that page and the host differ, by DefaultHttpWorkerService and
// ScriptInvocationContextExtensions in github.com/Azure/azure-functions-host.
package customhandler
