// Package dict finds the dictionaries of the segmenter: in a folder the
// operator names, inside the binary, or in the folder of the module they come
// from. Those inside the binary are unpacked into a state folder, each file
// whole or not at all, and checked against its digest at every start. It
// refuses a file that is not the one that was packed.
package dict

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/yanyiwu/gojieba"

	"huiying"
)

// Files are the paths of the dictionary files.
type Files struct {
	Main      string // words with frequencies
	HMM       string // the model for words that are not in it
	IDF       string // how telling a word is
	StopWords string // words that tell nothing
}

// Names are the file names of the dictionaries in any folder.
func Names() []string {
	return []string{"jieba.dict.utf8", "hmm_model.utf8", "idf.utf8", "stop_words.utf8"}
}

// Options say where to look.
type Options struct {
	// Folder holds the files, when the operator names one.
	Folder string
	// State is the folder to unpack the embedded files into; it must exist.
	State string
}

// Locate finds the files: in the folder named, else those inside the binary,
// else in the module's own folder. A huiying.Invalid error says what is
// missing.
func Locate(o Options) (Files, error) {
	if o.Folder != "" {
		return inFolder(o.Folder)
	}
	if packed, ok := embedded(); ok {
		folder, err := unpack(packed, o.State)
		if err != nil {
			return Files{}, err
		}
		return inFolder(folder)
	}
	if folder := ModuleFolder(); complete(folder) {
		return inFolder(folder)
	}
	return Files{}, huiying.Errorf(huiying.Unavailable, "analyzer.no_dictionary")
}

// ModuleFolder is where the segmenter's module keeps the files on the machine
// that compiled this binary.
func ModuleFolder() string { return filepath.Dir(gojieba.DICT_PATH) }

func complete(folder string) bool {
	return !slices.ContainsFunc(Names(), func(name string) bool {
		info, err := os.Stat(filepath.Join(folder, name))
		return err != nil || !info.Mode().IsRegular()
	})
}

func inFolder(folder string) (Files, error) {
	for _, name := range Names() {
		file := filepath.Join(folder, name)
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			return Files{}, huiying.Errorf(huiying.Invalid, "analyzer.dictionary_missing", file)
		}
	}
	at := func(i int) string { return filepath.Join(folder, Names()[i]) }
	return Files{Main: at(0), HMM: at(1), IDF: at(2), StopWords: at(3)}, nil
}
