/** What help says of a command. */
export interface CommandText {
  short: string;
  usage: string;
}

/** The commands of the lab's kubectl, in the words of v1.36.3. */
export const COMMAND_TEXTS: Readonly<Record<string, CommandText>> = {
  "get": {
    short: "Display one or many resources",
    usage:
      "kubectl get [(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags] [options]",
  },
  "describe": {
    short: "Show details of a specific resource or group of resources",
    usage: "kubectl describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME) [options]",
  },
  "apply": {
    short: "Apply a configuration to a resource by file name or stdin",
    usage: "kubectl apply (-f FILENAME | -k DIRECTORY) [options]",
  },
  "create": {
    short: "Create a resource from a file or from stdin",
    usage: "kubectl create -f FILENAME [options]",
  },
  "delete": {
    short:
      "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    usage:
      "kubectl delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)]) [options]",
  },
  "replace": {
    short: "Replace a resource by file name or stdin",
    usage: "kubectl replace -f FILENAME [options]",
  },
  "diff": {
    short: "Diff the live version against a would-be applied version",
    usage: "kubectl diff -f FILENAME [options]",
  },
  "logs": {
    short: "Print the logs for a container in a pod",
    usage: "kubectl logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER] [options]",
  },
  "scale": {
    short: "Set a new size for a deployment, replica set, or replication controller",
    usage:
      "kubectl scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME) [options]",
  },
  "rollout": {
    short: "Manage the rollout of a resource",
    usage: "kubectl rollout SUBCOMMAND [options]",
  },
  "rollout status": {
    short: "Show the status of the rollout",
    usage: "kubectl rollout status (TYPE NAME | TYPE/NAME) [flags] [options]",
  },
  "rollout restart": {
    short: "Restart a resource",
    usage: "kubectl rollout restart RESOURCE [options]",
  },
  "rollout history": {
    short: "View rollout history",
    usage: "kubectl rollout history (TYPE NAME | TYPE/NAME) [flags] [options]",
  },
  "rollout undo": {
    short: "Undo a previous rollout",
    usage: "kubectl rollout undo (TYPE NAME | TYPE/NAME) [flags] [options]",
  },
  "rollout pause": {
    short: "Mark the provided resource as paused",
    usage: "kubectl rollout pause RESOURCE [options]",
  },
  "rollout resume": {
    short: "Resume a paused resource",
    usage: "kubectl rollout resume RESOURCE [options]",
  },
  "top": {
    short: "Display resource (CPU/memory) usage",
    usage: "kubectl top [flags] [options]",
  },
  "top node": {
    short: "Display resource (CPU/memory) usage of nodes",
    usage: "kubectl top node [NAME | -l label] [options]",
  },
  "top pod": {
    short: "Display resource (CPU/memory) usage of pods",
    usage: "kubectl top pod [NAME | -l label] [options]",
  },
  "events": {
    short: "List events",
    usage:
      "kubectl events [(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning] [options]",
  },
  "wait": {
    short: "Wait for a specific condition on one or many resources",
    usage:
      "kubectl wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]] [options]",
  },
  "patch": {
    short: "Update fields of a resource",
    usage: "kubectl patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE] [options]",
  },
  "label": {
    short: "Update the labels on a resource",
    usage:
      "kubectl label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version] [options]",
  },
  "annotate": {
    short: "Update the annotations on a resource",
    usage:
      "kubectl annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version] [options]",
  },
  "set": {
    short: "Set specific features on objects",
    usage: "kubectl set SUBCOMMAND [options]",
  },
  "set image": {
    short: "Update the image of a pod template",
    usage:
      "kubectl set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N [options]",
  },
  "set env": {
    short: "Update environment variables on a pod template",
    usage: "kubectl set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N [options]",
  },
  "set resources": {
    short: "Update resource requests/limits on objects with pod templates",
    usage:
      "kubectl set resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS] [options]",
  },
  "autoscale": {
    short: "Auto-scale a deployment, replica set, stateful set, or replication controller",
    usage:
      "kubectl autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY] [options]",
  },
  "cordon": {
    short: "Mark node as unschedulable",
    usage: "kubectl cordon NODE [options]",
  },
  "uncordon": {
    short: "Mark node as schedulable",
    usage: "kubectl uncordon NODE [options]",
  },
  "drain": {
    short: "Drain node in preparation for maintenance",
    usage: "kubectl drain NODE [options]",
  },
  "taint": {
    short: "Update the taints on one or more nodes",
    usage:
      "kubectl taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N [options]",
  },
  "api-resources": {
    short: "Print the supported API resources on the server",
    usage: "kubectl api-resources [flags] [options]",
  },
  "api-versions": {
    short: 'Print the supported API versions on the server, in the form of "group/version"',
    usage: "kubectl api-versions [options]",
  },
  "version": {
    short: "Print the client and server version information",
    usage: "kubectl version [flags] [options]",
  },
  "cluster-info": {
    short: "Display cluster information",
    usage: "kubectl cluster-info [flags] [options]",
  },
  "config": {
    short: "Modify kubeconfig files",
    usage: "kubectl config SUBCOMMAND [options]",
  },
  "config view": {
    short: "Display merged kubeconfig settings or a specified kubeconfig file",
    usage: "kubectl config view [flags] [options]",
  },
  "config current-context": {
    short: "Display the current-context",
    usage: "kubectl config current-context [flags] [options]",
  },
  "config get-contexts": {
    short: "Describe one or many contexts",
    usage: "kubectl config get-contexts [(-o|--output=)name)] [options]",
  },
  "config get-clusters": {
    short: "Display clusters defined in the kubeconfig",
    usage: "kubectl config get-clusters [flags] [options]",
  },
  "config use-context": {
    short: "Set the current-context in a kubeconfig file",
    usage: "kubectl config use-context CONTEXT_NAME [options]",
  },
  "config set-context": {
    short: "Set a context entry in kubeconfig",
    usage:
      "kubectl config set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace] [options]",
  },
  "auth": {
    short: "Inspect authorization",
    usage: "kubectl auth [flags] [options]",
  },
  "auth can-i": {
    short: "Check whether an action is allowed",
    usage: "kubectl auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL] [options]",
  },
  "auth whoami": {
    short: "Experimental: Check self subject attributes",
    usage: "kubectl auth whoami [options]",
  },
  "explain": {
    short: "Get documentation for a resource",
    usage:
      "kubectl explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2] [options]",
  },
  "attach": {
    short: "Attach to a running container",
    usage: "kubectl attach (POD | TYPE/NAME) -c CONTAINER [options]",
  },
  "cp": {
    short: "Copy files and directories to and from containers",
    usage: "kubectl cp <file-spec-src> <file-spec-dest> [options]",
  },
  "exec": {
    short: "Execute a command in a container",
    usage: "kubectl exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...] [options]",
  },
  "port-forward": {
    short: "Forward one or more local ports to a pod",
    usage:
      "kubectl port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
  },
  "expose": {
    short:
      "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
    usage:
      "kubectl expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type] [options]",
  },
  "run": {
    short: "Run a particular image on the cluster",
    usage:
      'kubectl run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...] [options]',
  },
  "edit": {
    short: "Edit a resource on the server",
    usage: "kubectl edit (RESOURCE/NAME | -f FILENAME) [options]",
  },
  "create namespace": {
    short: "Create a namespace with the specified name",
    usage: "kubectl create namespace NAME [--dry-run=server|client|none] [options]",
  },
  "create deployment": {
    short: "Create a deployment with the specified name",
    usage: "kubectl create deployment NAME --image=image -- [COMMAND] [args...] [options]",
  },
  "create configmap": {
    short: "Create a config map from a local file, directory or literal value",
    usage:
      "kubectl create configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [options]",
  },
  "create secret": {
    short: "Create a secret using a specified subcommand",
    usage: "kubectl create secret (docker-registry | generic | tls) [options]",
  },
  "create secret generic": {
    short: "Create a secret from a local file, directory, or literal value",
    usage:
      "kubectl create secret generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [options]",
  },
  "create service": {
    short: "Create a service using a specified subcommand",
    usage: "kubectl create service [flags] [options]",
  },
  "create service clusterip": {
    short: "Create a ClusterIP service",
    usage:
      "kubectl create service clusterip NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none] [options]",
  },
  "create service nodeport": {
    short: "Create a NodePort service",
    usage:
      "kubectl create service nodeport NAME [--tcp=port:targetPort] [--dry-run=server|client|none] [options]",
  },
  "create serviceaccount": {
    short: "Create a service account with the specified name",
    usage: "kubectl create serviceaccount NAME [--dry-run=server|client|none] [options]",
  },
  "create job": {
    short: "Create a job with the specified name",
    usage:
      "kubectl create job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...] [options]",
  },
  "create role": {
    short: "Create a role with single rule",
    usage:
      "kubectl create role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none] [options]",
  },
  "create clusterrole": {
    short: "Create a cluster role",
    usage:
      "kubectl create clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none] [options]",
  },
  "create rolebinding": {
    short: "Create a role binding for a particular role or cluster role",
    usage:
      "kubectl create rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none] [options]",
  },
  "create clusterrolebinding": {
    short: "Create a cluster role binding for a particular cluster role",
    usage:
      "kubectl create clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none] [options]",
  },
  "create cronjob": {
    short: "Create a cron job with the specified name",
    usage:
      "kubectl create cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags] [options]",
  },
  "create ingress": {
    short: "Create an ingress with the specified name",
    usage: "kubectl create ingress NAME --rule=host/path=service:port[,tls[=secret]]  [options]",
  },
  "create poddisruptionbudget": {
    short:
      "Create a pod disruption budget with the specified name, selector, and desired minimum available pods",
    usage:
      "kubectl create poddisruptionbudget NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none] [options]",
  },
  "create priorityclass": {
    short: "Create a priority class with the specified name, value, globalDefault and description",
    usage:
      "kubectl create priorityclass NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none] [options]",
  },
  "create quota": {
    short: "Create a resource quota with the specified name, hard limits, and optional scopes",
    usage:
      "kubectl create quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none] [options]",
  },
  "create secret docker-registry": {
    short: "Create a new secret for use with Docker registries",
    usage:
      "kubectl create secret docker-registry NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none] [options]",
  },
  "create secret tls": {
    short: "Create a TLS secret from the given public/private key pair",
    usage:
      "kubectl create secret tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none] [options]",
  },
  "create service externalname": {
    short: "Create an ExternalName service with the specified name",
    usage:
      "kubectl create service externalname NAME --external-name external.name [--dry-run=server|client|none] [options]",
  },
  "create service loadbalancer": {
    short: "Create a LoadBalancer service with the specified name",
    usage:
      "kubectl create service loadbalancer NAME [--tcp=port:targetPort] [--dry-run=server|client|none] [options]",
  },
  "create token": {
    short: "Request a service account token",
    usage: "kubectl create token SERVICE_ACCOUNT_NAME [options]",
  },
  "set serviceaccount": {
    short: "Update the service account of pod template resources",
    usage: "kubectl set serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT [options]",
  },
  "set selector": {
    short:
      "Set the selector on a resource. Note that the new selector will overwrite the old selector if the resource had one prior to the invocation of 'set selector'",
    usage:
      "kubectl set selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version] [options]",
  },
  "set subject": {
    short: "Update the user, group, or service account in a role binding or cluster role binding",
    usage:
      "kubectl set subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none] [options]",
  },
  "apply view-last-applied": {
    short: "View the latest last-applied-configuration annotations by type/name or file",
    usage:
      "kubectl apply view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME) [options]",
  },
  "apply set-last-applied": {
    short:
      "Set the latest last-applied-configuration annotations by setting it to match the contents of a file. This results in the last-applied-configuration being updated as though 'kubectl apply -f<file> ' was run, without updating any other parts of the object",
    usage: "kubectl apply set-last-applied -f FILENAME [options]",
  },
  "config get-users": {
    short: "Display users defined in the kubeconfig",
    usage: "kubectl config get-users [flags] [options]",
  },
  "options": {
    short: "",
    usage: "kubectl options",
  },
};
