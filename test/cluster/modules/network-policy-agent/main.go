// Network-policy-agent enforces NetworkPolicies on a node, with the controller of kube-network-policies, which gives a
// verdict on the first packet of each connection.
//
// Usage: network-policy-agent --kubeconfig FILE --node NAME --exposed-port PORT
//
// Two things differ from the agent of that project. The rules that hand packets over are those of iptables, since not
// every kernel knows the expression "queue" of nftables; the controller complains about that and goes on. And what the
// node sends to the exposed port, or gets, is judged too, as if the node were two machines: here the API server runs on
// it, while that of a real cluster is mostly elsewhere.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

const queue = "100"

func main() {
	kubeconfig := flag.String("kubeconfig", "", "of the cluster")
	node := flag.String("node", "", "the name of the node that this runs on")
	exposed := flag.String("exposed-port", "", "a TCP port of pods to which the node's own packets are judged too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *kubeconfig, *node, *exposed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig, node, exposed string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(clients, 0)
	controller, err := networkpolicy.NewController(
		clients,
		factory.Networking().V1().NetworkPolicies(),
		factory.Core().V1().Namespaces(),
		factory.Core().V1().Pods(),
		nil, nil, nil, nil,
		networkpolicy.Config{NodeName: node, QueueID: 100},
	)
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	ended := make(chan error, 1)
	go func() { ended <- controller.Run(ctx) }()
	if err := queueOpen(ctx); err != nil {
		return err
	}
	judge := "-j NFQUEUE --queue-bypass --queue-num " + queue
	known := "-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN"
	rules := []string{
		// After the address of a Service has become that of a pod, and before that of a pod becomes the node's.
		"POSTROUTING -p tcp -m owner --uid-owner 0 -m tcp ! --dport " + exposed + " -j RETURN",
		"POSTROUTING -p udp -m owner --uid-owner 0 -j RETURN",
		"POSTROUTING " + known,
		"POSTROUTING -p tcp " + judge,
		"POSTROUTING -p udp " + judge,
		// What pods send to the node itself, such as to the API server.
		"INPUT -i lo -j RETURN",
		"INPUT " + known,
		"INPUT -p tcp " + judge,
		"INPUT -p udp " + judge,
	}
	for _, rule := range rules {
		if err := iptables("--append", rule); err != nil {
			return err
		}
		defer iptables("--delete", rule)
	}
	fmt.Println("enforcing")
	return <-ended
}

// Without anybody behind the queue, all packets would pass.
func queueOpen(ctx context.Context) error {
	for {
		table, err := os.ReadFile("/proc/net/netfilter/nfnetlink_queue")
		if err != nil {
			return err
		}
		for _, line := range strings.Split(string(table), "\n") {
			if fields := strings.Fields(line); len(fields) > 0 && fields[0] == queue {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func iptables(verb, rule string) error {
	args := append([]string{"--wait", "--table", "mangle", verb}, strings.Fields(rule)...)
	if output, err := exec.Command("iptables", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("iptables %s: %w: %s", rule, err, output)
	}
	return nil
}
