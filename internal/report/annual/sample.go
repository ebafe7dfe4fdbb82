package annual

import _ "embed"

//go:embed sample/2017.yaml
var sample []byte

// SampleOffice is whose report the sample is.
const SampleOffice = "某市政务服务中心"

// Sample is a worked example as a file to import, and the year it is of.
func Sample() (raw []byte, year int) { return sample, 2017 }
