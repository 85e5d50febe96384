package functionshost

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// process is one start of the handler, with the host's ends of its two pipes.
type process struct {
	cmd    *exec.Cmd
	stderr *console
	pipes  []*os.File
	exited chan struct{} // closed when it has ended and what it printed is read
}

// startProcess starts cmd and reads its streams into the consoles.
func startProcess(cmd *exec.Cmd, stdout, stderr *console) (*process, error) {
	p := &process{cmd: cmd, stderr: stderr, exited: make(chan struct{})}
	outRead, outWrite, err1 := os.Pipe()
	errRead, errWrite, err2 := os.Pipe()
	err := errors.Join(err1, err2)
	if err == nil {
		cmd.Stdout, cmd.Stderr = outWrite, errWrite
		err = cmd.Start()
	}
	outWrite.Close()
	errWrite.Close()
	p.pipes = []*os.File{outRead, errRead}
	if err != nil {
		p.closePipes()
		return nil, err
	}
	var reading sync.WaitGroup
	reading.Go(func() { io.Copy(stdout, outRead) })
	reading.Go(func() { io.Copy(stderr, errRead) })
	go func() {
		defer close(p.exited)
		cmd.Wait()
		drained := time.AfterFunc(outputDrained, p.closePipes) // a child of it may still have them
		reading.Wait()
		drained.Stop()
		p.closePipes()
	}()
	return p, nil
}

// closePipes leaves the handler without a reader: its next line meets a broken
// pipe.
func (p *process) closePipes() {
	for _, pipe := range p.pipes {
		pipe.Close()
	}
}

// kill ends it by SIGKILL.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.exited
}

// crashed says whether it has ended with a code other than 0.
func (p *process) crashed() bool {
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode() != 0
	default:
		return false
	}
}
