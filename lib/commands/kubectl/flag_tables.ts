/**
 * The flags of every kubectl command: `[shorthand,]name=default`, from `kubectl COMMAND --help` of v1.36.3.
 * The default also tells the type: `false` and `true` are switches, `[]` a list, digits a number,
 * digits with a unit a duration, anything else a string.
 */
export const COMMAND_FLAGS: Readonly<Record<string, string>> = {
  "get": `
    A,all-namespaces=false allow-missing-template-keys=true chunk-size=500 field-selector=
    f,filename=[] ignore-not-found=false k,kustomize= L,label-columns=[] no-headers=false
    o,output= output-watch-events=false raw= R,recursive=false l,selector= server-print=true
    show-kind=false show-labels=false show-managed-fields=false sort-by= subresource=
    template= w,watch=false watch-only=false`,
  "describe": `
    A,all-namespaces=false chunk-size=500 f,filename=[] k,kustomize= R,recursive=false
    l,selector= show-events=true`,
  "apply": `
    all=false allow-missing-template-keys=true cascade=background dry-run=none
    field-manager=kubectl-client-side-apply f,filename=[] force=false force-conflicts=false
    grace-period=-1 k,kustomize= openapi-patch=true o,output= overwrite=true prune=false
    prune-allowlist=[] R,recursive=false l,selector= server-side=false
    show-managed-fields=false subresource= template= timeout=0s validate=strict wait=false`,
  "create": `
    allow-missing-template-keys=true dry-run=none edit=false field-manager=kubectl-create
    f,filename=[] k,kustomize= o,output= raw= R,recursive=false save-config=false l,selector=
    show-managed-fields=false template= validate=strict windows-line-endings=false`,
  "delete": `
    all=false A,all-namespaces=false cascade=background dry-run=none field-selector=
    f,filename=[] force=false grace-period=-1 ignore-not-found=false i,interactive=false
    k,kustomize= now=false o,output= raw= R,recursive=false l,selector= timeout=0s wait=true`,
  "replace": `
    allow-missing-template-keys=true cascade=background dry-run=none
    field-manager=kubectl-replace f,filename=[] force=false grace-period=-1 k,kustomize=
    o,output= raw= R,recursive=false save-config=false show-managed-fields=false subresource=
    template= timeout=0s validate=strict wait=false`,
  "diff": `
    concurrency=1 field-manager=kubectl-client-side-apply f,filename=[] force-conflicts=false
    k,kustomize= prune=false prune-allowlist=[] R,recursive=false l,selector=
    server-side=false show-managed-fields=false show-secrets=false`,
  "logs": `
    all-containers=false all-pods=false c,container= f,follow=false ignore-errors=false
    insecure-skip-tls-verify-backend=false limit-bytes=0 max-log-requests=5
    pod-running-timeout=20s prefix=false p,previous=false l,selector= since=0s since-time=
    tail=-1 timestamps=false`,
  "scale": `
    all=false allow-missing-template-keys=true current-replicas=-1 dry-run=none f,filename=[]
    k,kustomize= o,output= R,recursive=false replicas=0 resource-version= l,selector=
    show-managed-fields=false template= timeout=0s`,
  "rollout status": `
    f,filename=[] k,kustomize= R,recursive=false revision=0 l,selector= timeout=0s
    w,watch=true`,
  "rollout restart": `
    allow-missing-template-keys=true field-manager=kubectl-rollout f,filename=[] k,kustomize=
    o,output= R,recursive=false l,selector= show-managed-fields=false template=`,
  "rollout history": `
    allow-missing-template-keys=true f,filename=[] k,kustomize= o,output= R,recursive=false
    revision=0 l,selector= show-managed-fields=false template=`,
  "rollout undo": `
    allow-missing-template-keys=true dry-run=none f,filename=[] k,kustomize= o,output=
    R,recursive=false l,selector= show-managed-fields=false template= to-revision=0`,
  "rollout pause": `
    allow-missing-template-keys=true field-manager=kubectl-rollout f,filename=[] k,kustomize=
    o,output= R,recursive=false l,selector= show-managed-fields=false template=`,
  "rollout resume": `
    allow-missing-template-keys=true field-manager=kubectl-rollout f,filename=[] k,kustomize=
    o,output= R,recursive=false l,selector= show-managed-fields=false template=`,
  "top node": `
    no-headers=false l,selector= show-capacity=false show-swap=false sort-by=
    use-protocol-buffers=true`,
  "top pod": `
    A,all-namespaces=false containers=false field-selector= no-headers=false l,selector=
    show-swap=false sort-by= sum=false use-protocol-buffers=true`,
  "events": `
    A,all-namespaces=false allow-missing-template-keys=true chunk-size=500 for=
    no-headers=false o,output= show-managed-fields=false template= types=[] w,watch=false`,
  "wait": `
    all=false A,all-namespaces=false allow-missing-template-keys=true field-selector=
    f,filename=[] for=[] local=false o,output= R,recursive=true l,selector=
    show-managed-fields=false template= timeout=30s`,
  "patch": `
    allow-missing-template-keys=true dry-run=none field-manager=kubectl-patch f,filename=[]
    k,kustomize= local=false o,output= p,patch= patch-file= R,recursive=false
    show-managed-fields=false subresource= template= type=strategic`,
  "label": `
    all=false A,all-namespaces=false allow-missing-template-keys=true dry-run=none
    field-manager=kubectl-label field-selector= f,filename=[] k,kustomize= list=false
    local=false o,output= overwrite=false R,recursive=false resource-version= l,selector=
    show-managed-fields=false template=`,
  "annotate": `
    all=false A,all-namespaces=false allow-missing-template-keys=true dry-run=none
    field-manager=kubectl-annotate field-selector= f,filename=[] k,kustomize= list=false
    local=false o,output= overwrite=false R,recursive=false resource-version= l,selector=
    show-managed-fields=false template=`,
  "set image": `
    all=false allow-missing-template-keys=true dry-run=none field-manager=kubectl-set
    f,filename=[] k,kustomize= local=false o,output= R,recursive=false l,selector=
    show-managed-fields=false template=`,
  "set env": `
    all=false allow-missing-template-keys=true c,containers=* dry-run=none e,env=[]
    field-manager=kubectl-set f,filename=[] from= keys=[] k,kustomize= list=false local=false
    o,output= overwrite=true prefix= R,recursive=false resolve=false l,selector=
    show-managed-fields=false template=`,
  "set resources": `
    all=false allow-missing-template-keys=true c,containers=* dry-run=none
    field-manager=kubectl-set f,filename=[] k,kustomize= limits= local=false o,output=
    R,recursive=false requests= l,selector= show-managed-fields=false template=`,
  "autoscale": `
    allow-missing-template-keys=true cpu= dry-run=none field-manager=kubectl-autoscale
    f,filename=[] k,kustomize= max=-1 memory= min=-1 name= o,output= R,recursive=false
    save-config=false show-managed-fields=false template=`,
  "cordon": `
    dry-run=none l,selector=`,
  "uncordon": `
    dry-run=none l,selector=`,
  "drain": `
    chunk-size=500 delete-emptydir-data=false disable-eviction=false dry-run=none force=false
    grace-period=-1 ignore-daemonsets=false pod-selector= l,selector=
    skip-wait-for-delete-timeout=0 timeout=0s`,
  "taint": `
    all=false allow-missing-template-keys=true dry-run=none field-manager=kubectl-taint
    o,output= overwrite=false l,selector= show-managed-fields=false template= validate=strict`,
  "api-resources": `
    api-group= cached=false categories=[] namespaced=true no-headers=false o,output=
    show-managed-fields=false sort-by= verbs=[]`,
  "api-versions": `
    `,
  "version": `
    client=false o,output=`,
  "cluster-info": `
    `,
  "config view": `
    allow-missing-template-keys=true flatten=false merge=true minify=false o,output=yaml
    raw=false show-managed-fields=false template=`,
  "config current-context": `
    `,
  "config get-contexts": `
    no-headers=false o,output=`,
  "config use-context": `
    `,
  "config set-context": `
    cluster= current=false n,namespace= user=`,
  "auth can-i": `
    A,all-namespaces=false list=false no-headers=false q,quiet=false subresource=`,
  "auth whoami": `
    allow-missing-template-keys=true o,output= show-managed-fields=false template=`,
  "explain": `
    api-version= o,output=plaintext R,recursive=false`,
  "attach": `
    c,container= detach-keys=ctrl-p,ctrl-q pod-running-timeout=1m0s q,quiet=false i,stdin=false
    t,tty=false`,
  "cp": `
    c,container= no-preserve=false retries=0`,
  "exec": `
    c,container= f,filename=[] pod-running-timeout=1m0s q,quiet=false i,stdin=false
    t,tty=false`,
  "port-forward": `
    address=[localhost] pod-running-timeout=1m0s`,
  "expose": `
    allow-missing-template-keys=true cluster-ip= dry-run=none external-ip=
    field-manager=kubectl-expose f,filename=[] k,kustomize= l,labels= load-balancer-ip= name=
    o,output= override-type=merge overrides= port= protocol= R,recursive=false
    save-config=false selector= session-affinity= show-managed-fields=false target-port=
    template= type=`,
  "run": `
    allow-missing-template-keys=true annotations=[] attach=false cascade=background
    command=false detach-keys=ctrl-p,ctrl-q dry-run=none env=[] expose=false
    field-manager=kubectl-run f,filename=[] force=false grace-period=-1 image=
    image-pull-policy= k,kustomize= l,labels= leave-stdin-open=false o,output=
    override-type=merge overrides= pod-running-timeout=1m0s port= privileged=false
    q,quiet=false R,recursive=false restart=Always rm=false save-config=false
    show-managed-fields=false i,stdin=false template= timeout=0s t,tty=false wait=false`,
  "edit": `
    allow-missing-template-keys=true field-manager=kubectl-edit f,filename=[] k,kustomize=
    o,output= output-patch=false R,recursive=false save-config=false show-managed-fields=false
    subresource= template= validate=strict windows-line-endings=false`,
  "create namespace": `
    allow-missing-template-keys=true dry-run=none field-manager=kubectl-create o,output=
    save-config=false show-managed-fields=false template= validate=strict`,
  "create deployment": `
    allow-missing-template-keys=true dry-run=none field-manager=kubectl-create image=[]
    o,output= port=-1 r,replicas=1 save-config=false show-managed-fields=false template=
    validate=strict`,
  "create configmap": `
    allow-missing-template-keys=true append-hash=false dry-run=none
    field-manager=kubectl-create from-env-file=[] from-file=[] from-literal=[] o,output=
    save-config=false show-managed-fields=false template= validate=strict`,
  "create secret generic": `
    allow-missing-template-keys=true append-hash=false dry-run=none
    field-manager=kubectl-create from-env-file=[] from-file=[] from-literal=[] o,output=
    save-config=false show-managed-fields=false template= type= validate=strict`,
  "create service clusterip": `
    allow-missing-template-keys=true clusterip= dry-run=none field-manager=kubectl-create
    o,output= save-config=false show-managed-fields=false tcp=[] template= validate=strict`,
  "create service nodeport": `
    allow-missing-template-keys=true dry-run=none field-manager=kubectl-create node-port=0
    o,output= save-config=false show-managed-fields=false tcp=[] template= validate=strict`,
  "create serviceaccount": `
    allow-missing-template-keys=true dry-run=none field-manager=kubectl-create o,output=
    save-config=false show-managed-fields=false template= validate=strict`,
  "create job": `
    allow-missing-template-keys=true dry-run=none field-manager=kubectl-create from= image=
    o,output= save-config=false show-managed-fields=false template= validate=strict`,
  "create cronjob": `
    allow-missing-template-keys=true dry-run=none field-manager=kubectl-create image=
    o,output= restart= save-config=false schedule= show-managed-fields=false template=
    validate=strict`,
  "create role": `
    allow-missing-template-keys=true dry-run=none field-manager=kubectl-create o,output=
    resource=[] resource-name=[] save-config=false show-managed-fields=false template=
    validate=strict verb=[]`,
  "create clusterrole": `
    aggregation-rule= allow-missing-template-keys=true dry-run=none
    field-manager=kubectl-create non-resource-url=[] o,output= resource=[] resource-name=[]
    save-config=false show-managed-fields=false template= validate=strict verb=[]`,
  "create rolebinding": `
    allow-missing-template-keys=true clusterrole= dry-run=none field-manager=kubectl-create
    group=[] o,output= role= save-config=false serviceaccount=[] show-managed-fields=false
    template= user=[] validate=strict`,
  "create clusterrolebinding": `
    allow-missing-template-keys=true clusterrole= dry-run=none field-manager=kubectl-create
    group=[] o,output= save-config=false serviceaccount=[] show-managed-fields=false template=
    user=[] validate=strict`,
  "create token": `
    allow-missing-template-keys=true audience=[] bound-object-kind= bound-object-name=
    bound-object-uid= duration=0s o,output= show-managed-fields=false template=`,
  "create ingress":
    `allow-missing-template-keys=true annotation=[] class= default-backend= dry-run=none field-manager=kubectl-create o,output= rule=[] save-config=false show-managed-fields=false template= validate=strict`,
  "create poddisruptionbudget":
    `allow-missing-template-keys=true dry-run=none field-manager=kubectl-create max-unavailable= min-available= o,output= save-config=false selector= show-managed-fields=false template= validate=strict`,
  "create priorityclass":
    `allow-missing-template-keys=true description= dry-run=none field-manager=kubectl-create global-default=false o,output= preemption-policy=PreemptLowerPriority save-config=false show-managed-fields=false template= validate=strict value=0`,
  "create quota":
    `allow-missing-template-keys=true dry-run=none field-manager=kubectl-create hard= o,output= save-config=false scopes= show-managed-fields=false template= validate=strict`,
  "create secret docker-registry":
    `allow-missing-template-keys=true append-hash=false docker-email= docker-password= docker-server=https://index.docker.io/v1/ docker-username= dry-run=none field-manager=kubectl-create from-file=[] o,output= save-config=false show-managed-fields=false template= validate=strict`,
  "create secret tls":
    `allow-missing-template-keys=true append-hash=false cert= dry-run=none field-manager=kubectl-create key= o,output= save-config=false show-managed-fields=false template= validate=strict`,
  "create service externalname":
    `allow-missing-template-keys=true dry-run=none external-name= field-manager=kubectl-create o,output= save-config=false show-managed-fields=false tcp=[] template= validate=strict`,
  "create service loadbalancer":
    `allow-missing-template-keys=true dry-run=none field-manager=kubectl-create o,output= save-config=false show-managed-fields=false tcp=[] template= validate=strict`,
  "set serviceaccount":
    `all=false allow-missing-template-keys=true dry-run=none field-manager=kubectl-set f,filename=[] k,kustomize= local=false o,output= R,recursive=false show-managed-fields=false template=`,
  "set selector":
    `all=false allow-missing-template-keys=true dry-run=none field-manager=kubectl-set f,filename=[] local=false o,output= R,recursive=true resource-version= show-managed-fields=false template=`,
  "set subject":
    `all=false allow-missing-template-keys=true dry-run=none field-manager=kubectl-set f,filename=[] group=[] k,kustomize= local=false o,output= R,recursive=false l,selector= serviceaccount=[] show-managed-fields=false template= user=[]`,
  "apply view-last-applied":
    `all=false f,filename=[] k,kustomize= o,output=yaml R,recursive=false l,selector=`,
  "apply set-last-applied":
    `allow-missing-template-keys=true create-annotation=false dry-run=none f,filename=[] o,output= show-managed-fields=false template=`,
  "config get-users": ``,
};

/** The flags every command takes. */
export const GLOBAL_FLAGS = `
  as= as-group=[] as-uid= as-user-extra=[] cache-dir= certificate-authority=
  client-certificate= client-key= cluster= context= disable-compression=false
  insecure-skip-tls-verify=false kubeconfig= kuberc= log-flush-frequency=5s
  match-server-version=false n,namespace= password= profile=none
  profile-output=profile.pprof request-timeout=0 s,server= tls-server-name= token= user=
  username= v,v=0 vmodule= warnings-as-errors=false`;
