using ControlPanel.Configuration;
using ControlPanel.Hosting;
using ControlPanel.Shared;

namespace ControlPanel.Features.Functions;

/// <summary>Lines that work as they stand, for where this server really listens.</summary>
public sealed class FunctionsExamples(ListenAddresses addresses, StartOptions start)
{
    /// <summary>The address that OpenWhisk clients call the API host.</summary>
    public string ApiHost => addresses.Functions;

    /// <summary>The call that shows a key at work. Only the demo's upstream is known to have an action to invoke.</summary>
    public string Curl(string keyId, string secret) =>
        start.Demo
            ? $"curl -X POST -u \"{keyId}:{secret}\" \"{ApiHost}/api/v1/namespaces/_/actions/demo/hello?blocking=true&result=true\""
            : $"curl -u \"{keyId}:{secret}\" \"{ApiHost}/api/v1/namespaces/_/actions\"";

    /// <summary>How doctl connects with the key.</summary>
    public string Doctl(string namespaceId, string keyId, string secret) =>
        $"doctl serverless connect {namespaceId} --access-key \"{keyId}:{secret}\" --api-url {addresses.Panel}";

    /// <summary>How doctl makes a key.</summary>
    public string DoctlCreate(string namespaceId) =>
        $"doctl serverless key create --namespace {namespaceId} --name ci-cd-key --expiration 30d --api-url {addresses.Panel}";

    /// <summary>How doctl makes a namespace.</summary>
    public string DoctlCreateNamespace =>
        $"doctl serverless namespaces create --label image-tools --region nyc1 --no-connect --api-url {addresses.Panel}";

    /// <summary>Everything that a reveal offers to copy.</summary>
    public IReadOnlyList<Snippet> For(string namespaceId, string keyId, string secret) =>
        [
            new("curl", Curl(keyId, secret)),
            new("doctl", Doctl(namespaceId, keyId, secret)),
            new(
                "Node.js",
                $$"""
                const openwhisk = require("openwhisk");
                const client = openwhisk({
                  apihost: "{{ApiHost}}",
                  api_key: "{{keyId}}:{{secret}}",
                  namespace: "_",
                });
                console.log(await client.actions.list());
                """
            ),
            new(
                ".env",
                $"""
                __OW_API_HOST={ApiHost}
                __OW_API_KEY={keyId}:{secret}
                __OW_NAMESPACE={namespaceId}
                """
            ),
        ];
}
