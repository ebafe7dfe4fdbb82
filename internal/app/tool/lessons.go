package tool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"huiying/analyzer/learn"
	"huiying/internal/app"
	"huiying/internal/query"
	"huiying/internal/store/corrections"
	"huiying/internal/web/mark"
)

// LessonOptions say which stored corrections are printed.
type LessonOptions struct {
	Where app.Where
	Task  string // sentiment, intent or routing
	Units bool   // of routing: ids of units, not departments
}

// ModelCorrections prints the corrections of a task that count as ModelTrain
// reads them: a line is a class, a tab, the post's present text. What is
// personal in it is masked, as it is on pages.
func ModelCorrections(ctx context.Context, s Streams, o LessonOptions) (err error) {
	task, err := learn.TaskOf(o.Task)
	if err != nil {
		return err
	}
	class, err := o.classes(task)
	if err != nil {
		return err
	}
	data, err := app.OpenArchive(ctx, o.Where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	field := o.Task
	if field == "routing" {
		field = query.CorrectUnit
	}
	lessons, err := corrections.New(data.Store, nil).Lessons(ctx, field)
	if err != nil {
		return err
	}
	out, printed := bufio.NewWriter(s.Out), 0
	fmt.Fprintln(out, "class\ttext") // so that no lesson is taken for the names of the columns
	for _, l := range lessons {
		p := mark.Masked(l.Judgement).Post
		text := strings.Join(strings.Fields(p.Title+" "+p.Text), " ")
		if c := class(l.Value); c != "" && text != "" {
			fmt.Fprintf(out, "%s\t%s\n", c, text)
			printed++
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	s.say("cli.model_lessons", o.Task, printed, len(lessons)-printed)
	return nil
}

// classes names the class of an answer, "" where the task has none for it: a
// unit that is responsible for several departments says nothing of which.
func (o LessonOptions) classes(task learn.Task) (func(answer string) string, error) {
	if o.Task != "routing" || o.Units {
		return func(answer string) string { return answer }, nil
	}
	c, err := o.Where.Config()
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	for _, department := range task.Training.Classes {
		known[department] = department
	}
	for _, u := range c.Units {
		if len(u.Departments) == 1 && slices.Contains(task.Training.Classes, u.Departments[0]) {
			known[u.ID] = u.Departments[0]
		}
	}
	return func(answer string) string { return known[answer] }, nil
}
