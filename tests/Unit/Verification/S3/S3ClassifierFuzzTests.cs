using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.S3;

/// <summary>Random requests: no exception, and nothing that adds to a request lowers what it needs.</summary>
public sealed class S3ClassifierFuzzTests
{
    private static readonly string[] s_parameters =
    [
        "acl",
        "tagging",
        "uploads",
        "uploadId=u",
        "partNumber=1",
        "versionId=1",
        "delete",
        "policy",
        "location",
        "select",
        "select-type=2",
        "x-amz-acl=public-read",
        "x-amz-copy-source=raw-photos%2Fa",
        "foo",
        "prefix=a",
        "x-id=a",
        "renameObject",
        "Action=x",
        "%zz",
        "=",
        "&&",
        "restore",
        "versions",
        "cors",
        "list-type=2",
    ];

    private static readonly string[] s_paths =
    [
        "/",
        "/photos",
        "/photos/",
        "/photos/k",
        "/photos/a%2Fb",
        "//k",
        "/photos/../x",
        "/admin/x",
        "/photos/%ff",
        "*",
        "",
    ];

    private static readonly string[] s_methods = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", ""];

    [Fact]
    public void Adding_a_parameter_never_opens_a_request_to_a_smaller_right_by_accident()
    {
        var random = new Random(31337);
        for (var i = 0; i < 100_000; i++)
        {
            var method = s_methods[random.Next(s_methods.Length)];
            var path = s_paths[random.Next(s_paths.Length)];
            var parameters = Enumerable
                .Range(0, random.Next(4))
                .Select(_ => s_parameters[random.Next(s_parameters.Length)]);
            var query = string.Join('&', parameters);
            var before = Classify(method, query.Length == 0 ? path : $"{path}?{query}");
            var unknown = Classify(method, $"{path}?{query}&surely-unknown");
            Assert.True(unknown.Right >= before.Right || unknown.Right is S3Right.None, $"{method} {path}?{query}");
            Assert.True(
                unknown.Right is S3Right.FullAccess || unknown.Operation is S3Operation.CorsPreflight,
                $"{method} {path}?{query}"
            );
            Assert.True(before.Right is not S3Right.None || method == "OPTIONS", $"{method} {path}?{query}");
            if (before.Source is not null)
            {
                Assert.True(before.SourceRight >= S3Right.Read);
            }
        }
    }

    private static S3Request Classify(string method, string target)
    {
        var head = new S3RequestHead(method, target, (S3Header[])[new("Host", "127.0.0.1:8100")]);
        return S3Classifier.Classify(head, S3Address.Read(head, S3Addressing.Default), S3Addressing.Default);
    }
}
