using ControlPanel.Tests.Unit.Verification.SigV4;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.S3;

/// <summary>What each request does and needs, row by row.</summary>
public sealed class S3ClassifierTests
{
    [Theory]
    [InlineData("GET", "/", S3Operation.ListBuckets, S3Right.Read)]
    [InlineData("GET", "/?x-id=ListBuckets&max-buckets=5", S3Operation.ListBuckets, S3Right.Read)]
    [InlineData("GET", "/?usage", S3Operation.Unknown, S3Right.FullAccess)]
    [InlineData("HEAD", "/photos", S3Operation.HeadBucket, S3Right.Read)]
    [InlineData("HEAD", "/photos/", S3Operation.HeadBucket, S3Right.Read)]
    [InlineData("GET", "/photos?location", S3Operation.GetBucketLocation, S3Right.Read)]
    [InlineData("GET", "/photos?location=", S3Operation.GetBucketLocation, S3Right.Read)]
    [InlineData("GET", "/photos", S3Operation.ListObjects, S3Right.Read)]
    [InlineData("GET", "/photos/?delimiter=%2F&prefix=&marker=(null)", S3Operation.ListObjects, S3Right.Read)]
    [InlineData(
        "GET",
        "/photos?list-type=2&prefix=&delimiter=%2F&encoding-type=url",
        S3Operation.ListObjects,
        S3Right.Read
    )]
    [InlineData("GET", "/photos?versions&encoding-type=url", S3Operation.ListObjectVersions, S3Right.Read)]
    [InlineData("GET", "/photos?versioning", S3Operation.GetBucketVersioning, S3Right.Read)]
    [InlineData("GET", "/photos?cors", S3Operation.GetBucketCors, S3Right.Read)]
    [InlineData("GET", "/photos?tagging", S3Operation.GetBucketTagging, S3Right.Read)]
    [InlineData("GET", "/photos?uploads&prefix=", S3Operation.ListMultipartUploads, S3Right.ReadWrite)]
    [InlineData("GET", "/photos?acl", S3Operation.AccessControlList, S3Right.FullAccess)]
    [InlineData("GET", "/photos?policy", S3Operation.BucketConfiguration, S3Right.FullAccess)]
    [InlineData("GET", "/photos?requestPayment", S3Operation.BucketConfiguration, S3Right.FullAccess)]
    [InlineData("PUT", "/photos?cors", S3Operation.BucketConfiguration, S3Right.FullAccess)]
    [InlineData("PUT", "/photos?versioning", S3Operation.BucketConfiguration, S3Right.FullAccess)]
    [InlineData("DELETE", "/photos?tagging", S3Operation.BucketConfiguration, S3Right.FullAccess)]
    [InlineData("PUT", "/photos", S3Operation.CreateBucket, S3Right.FullAccess)]
    [InlineData("DELETE", "/photos/", S3Operation.DeleteBucket, S3Right.FullAccess)]
    [InlineData("POST", "/photos?delete=", S3Operation.DeleteObjects, S3Right.ReadWrite)]
    [InlineData("POST", "/photos", S3Operation.Unknown, S3Right.FullAccess)]
    [InlineData("GET", "/photos?LOCATION", S3Operation.Unknown, S3Right.FullAccess)]
    [InlineData("GET", "/photos?anything", S3Operation.Unknown, S3Right.FullAccess)]
    [InlineData("GET", "/photos/k", S3Operation.GetObject, S3Right.Read)]
    [InlineData("GET", "/photos/k?versionId=1&partNumber=2&response-expires=x", S3Operation.GetObject, S3Right.Read)]
    [InlineData("HEAD", "/photos/k?versionId=null", S3Operation.HeadObject, S3Right.Read)]
    [InlineData("HEAD", "/photos/k?partNumber=1", S3Operation.HeadObject, S3Right.Read)]
    [InlineData("HEAD", "/photos/k?acl", S3Operation.AccessControlList, S3Right.FullAccess)]
    [InlineData("GET", "/photos/k?attributes", S3Operation.GetObjectAttributes, S3Right.Read)]
    [InlineData("GET", "/photos/k?tagging", S3Operation.GetObjectTagging, S3Right.Read)]
    [InlineData("GET", "/photos/k?torrent", S3Operation.GetObjectTorrent, S3Right.Read)]
    [InlineData("GET", "/photos/k?acl", S3Operation.AccessControlList, S3Right.FullAccess)]
    [InlineData("GET", "/photos/k?retention", S3Operation.ObjectProtection, S3Right.FullAccess)]
    [InlineData("GET", "/photos/k?uploadId=u", S3Operation.ListParts, S3Right.ReadWrite)]
    [InlineData("POST", "/photos/k?select&select-type=2", S3Operation.SelectObjectContent, S3Right.Read)]
    [InlineData("POST", "/photos/k?select-type=2", S3Operation.Unknown, S3Right.FullAccess)]
    [InlineData("PUT", "/photos/k", S3Operation.PutObject, S3Right.ReadWrite)]
    [InlineData("PUT", "/photos/k?x-id=PutObject", S3Operation.PutObject, S3Right.ReadWrite)]
    [InlineData("PUT", "/photos/k?acl", S3Operation.AccessControlList, S3Right.FullAccess)]
    [InlineData("PUT", "/photos/k?legal-hold", S3Operation.ObjectProtection, S3Right.FullAccess)]
    [InlineData("PUT", "/photos/k?tagging", S3Operation.ChangeObjectTagging, S3Right.ReadWrite)]
    [InlineData("DELETE", "/photos/k?tagging", S3Operation.ChangeObjectTagging, S3Right.ReadWrite)]
    [InlineData("PUT", "/photos/k?append&position=0", S3Operation.Unknown, S3Right.FullAccess)]
    [InlineData("POST", "/photos/k?uploads=", S3Operation.CreateMultipartUpload, S3Right.ReadWrite)]
    [InlineData("PUT", "/photos/k?partNumber=1&uploadId=u", S3Operation.UploadPart, S3Right.ReadWrite)]
    [InlineData("PUT", "/photos/k?uploadId=u", S3Operation.Unknown, S3Right.FullAccess)]
    [InlineData("PUT", "/photos/k?partNumber=1", S3Operation.Unknown, S3Right.FullAccess)]
    [InlineData("POST", "/photos/k?uploadId=u", S3Operation.CompleteMultipartUpload, S3Right.ReadWrite)]
    [InlineData(
        "DELETE",
        "/photos/k?uploadId=u&x-id=AbortMultipartUpload",
        S3Operation.AbortMultipartUpload,
        S3Right.ReadWrite
    )]
    [InlineData("DELETE", "/photos/k", S3Operation.DeleteObject, S3Right.ReadWrite)]
    [InlineData("DELETE", "/photos/k?versionId=1", S3Operation.DeleteObject, S3Right.ReadWrite)]
    [InlineData("DELETE", "/photos/k?acl", S3Operation.Unknown, S3Right.FullAccess)]
    [InlineData("POST", "/photos/k?restore", S3Operation.RestoreObject, S3Right.ReadWrite)]
    [InlineData("POST", "/photos/k", S3Operation.Unknown, S3Right.FullAccess)]
    [InlineData("OPTIONS", "/photos/k", S3Operation.CorsPreflight, S3Right.None)]
    public void Request_is_its_row(string method, string target, S3Operation operation, S3Right right)
    {
        var request = Classify(method, target);
        Assert.Equal((operation, right, S3Refusal.None), (request.Operation, request.Right, request.Refusal));
        Assert.Equal(S3Right.None, request.SourceRight);
    }

    [Theory]
    [InlineData("GET", "/photos/k?acl&tagging")]
    [InlineData("GET", "/photos/k?tagging&acl=")]
    [InlineData("GET", "/photos/k?tagging&anything")]
    [InlineData("PUT", "/photos/k?tagging&retention")]
    [InlineData("GET", "/photos?location&policy")]
    [InlineData("PUT", "/photos/k?partNumber=1&uploadId=u&acl")]
    [InlineData("GET", "/photos?%61cl&location")]
    public void Of_several_sub_resources_the_most_demanding_counts(string method, string target) =>
        Assert.Equal(S3Right.FullAccess, Classify(method, target).Right);

    [Theory]
    [InlineData("POST", "/", S3Refusal.SideInterface)]
    [InlineData("POST", "/?Action=CreateUser", S3Refusal.SideInterface)]
    [InlineData("GET", "/?Action=ListUsers", S3Refusal.SideInterface)]
    [InlineData("GET", "/photos?action=x", S3Refusal.SideInterface)]
    [InlineData("GET", "/?%41ction=ListUsers", S3Refusal.SideInterface)]
    [InlineData("PUT", "/", S3Refusal.Method)]
    [InlineData("DELETE", "/", S3Refusal.Method)]
    [InlineData("OPTIONS", "/", S3Refusal.Method)]
    [InlineData("PATCH", "/photos/k", S3Refusal.Method)]
    [InlineData("get", "/photos/k", S3Refusal.Method)]
    [InlineData("TRACE", "/photos/k", S3Refusal.Method)]
    [InlineData("COPY", "/photos/k", S3Refusal.Method)]
    [InlineData("PUT", "/photos/k?renameObject", S3Refusal.CopySource)]
    public void What_is_no_data_plane_is_refused_to_everyone(string method, string target, S3Refusal expected) =>
        Assert.Equal(expected, Classify(method, target).Refusal);

    [Theory]
    [InlineData("private", S3Right.ReadWrite)]
    [InlineData("public-read", S3Right.ReadWrite)]
    [InlineData("bucket-owner-full-control", S3Right.ReadWrite)]
    [InlineData("Private", S3Right.FullAccess)]
    [InlineData("own", S3Right.FullAccess)]
    [InlineData("", S3Right.FullAccess)]
    public void Canned_acl_on_an_upload_is_judged_in_header_and_hoisted_query(string acl, S3Right right)
    {
        Assert.Equal(right, Classify("PUT", "/photos/k", new S3Header("x-amz-acl", acl)).Right);
        Assert.Equal(right, Classify("PUT", "/photos/k?x-amz-acl=" + acl).Right);
        Assert.Equal(right, Classify("POST", "/photos/k?uploads&X-Amz-Acl=" + acl).Right);
        Assert.Equal(
            S3Right.FullAccess,
            Classify("PUT", "/photos/k?x-amz-acl=private", new S3Header("x-amz-acl", acl)).Right
        );
    }

    [Theory]
    [InlineData("x-amz-grant-read")]
    [InlineData("x-amz-grant-full-control")]
    [InlineData("x-amz-object-lock-mode")]
    [InlineData("x-amz-object-lock-legal-hold")]
    [InlineData("X-AMZ-Bypass-Governance-Retention")]
    public void Security_headers_need_full_access(string name)
    {
        Assert.Equal(S3Right.FullAccess, Classify("PUT", "/photos/k", new S3Header(name, "x")).Right);
        Assert.Equal(S3Right.FullAccess, Classify("DELETE", $"/photos/k?{name}=x").Right);
    }

    [Theory]
    [InlineData("raw-photos/a.jpg", "raw-photos", "a.jpg", null)]
    [InlineData("/raw-photos/a.jpg", "raw-photos", "a.jpg", null)]
    [InlineData("raw-photos%2Fa.jpg", "raw-photos", "a.jpg", null)]
    [InlineData("%2Fraw-photos%2Fa%20b", "raw-photos", "a b", null)]
    [InlineData("raw-photos/a/b/%C3%BC?versionId=null", "raw-photos", "a/b/ü", "null")]
    [InlineData("/raw-photos/a%3Fb?versionId=3%2F4", "", "", null)]
    [InlineData("raw-photos/a%2525", "raw-photos", "a%25", null)]
    [InlineData("raw-photos/a+b", "raw-photos", "a+b", null)]
    [InlineData(" raw-photos/a ", "raw-photos", "a", null)]
    public void Copy_needs_read_on_its_source_in_every_spelling(
        string value,
        string bucket,
        string key,
        string? version
    )
    {
        foreach (
            var request in (S3Request[])
                [
                    Classify("PUT", "/photos/k", new S3Header("x-amz-copy-source", value)),
                    Classify("PUT", "/photos/k?x-amz-copy-source=" + Uri.EscapeDataString(value)),
                ]
        )
        {
            if (bucket.Length == 0)
            {
                Assert.Equal(S3Refusal.CopySource, request.Refusal);
                continue;
            }

            Assert.Equal((S3Operation.CopyObject, S3Right.ReadWrite), (request.Operation, request.Right));
            Assert.Equal(new CopySource(bucket, key, version), request.Source);
            Assert.Equal(S3Right.Read, request.SourceRight);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("raw-photos")]
    [InlineData("raw-photos/")]
    [InlineData("//raw-photos/a")]
    [InlineData("raw-photos//")]
    [InlineData("pub-b/../raw-photos/a")]
    [InlineData("pub-b%2F..%2Fraw-photos%2Fa")]
    [InlineData("Raw/a")]
    [InlineData("raw-photos%252Fa")]
    [InlineData("raw-photos/a?versionId=")]
    [InlineData("raw-photos/a?versionid=1")]
    [InlineData("raw-photos/a?acl")]
    [InlineData("raw-photos/a?versionId=1&x=2")]
    [InlineData("raw-photos/%zz")]
    [InlineData("raw-photos/%ff")]
    [InlineData("raw-photos/a%00")]
    [InlineData("arn:aws:s3:us-east-1:1:accesspoint/x/object/a")]
    public void Doubtful_copy_sources_are_refused_to_everyone(string value) =>
        Assert.Equal(
            S3Refusal.CopySource,
            Classify("PUT", "/photos/k", new S3Header("x-amz-copy-source", value)).Refusal
        );

    [Fact]
    public void Source_where_none_belongs_is_refused_to_everyone()
    {
        S3Header copy = new("X-Amz-Copy-Source", "secret-b/doc");
        S3Header rename = new("x-amz-rename-source", "photos/old");
        foreach (
            var (method, target) in ((string, string)[])
                [
                    ("GET", "/photos/k"),
                    ("PUT", "/photos"),
                    ("POST", "/photos?delete"),
                    ("PUT", "/photos/k?tagging"),
                    ("PUT", "/photos/k?acl"),
                    ("DELETE", "/photos/k"),
                    ("GET", "/"),
                    ("PUT", "/photos/k?anything"),
                ]
        )
        {
            Assert.Equal(S3Refusal.CopySource, Classify(method, target, copy).Refusal);
            Assert.Equal(S3Refusal.CopySource, Classify(method, target, rename).Refusal);
        }

        Assert.Equal(S3Refusal.CopySource, Classify("PUT", "/photos/k", copy, rename).Refusal);
        Assert.Equal(S3Refusal.CopySource, Classify("PUT", "/photos/k", copy, copy).Refusal);
        Assert.Equal(S3Refusal.CopySource, Classify("PUT", "/photos/k?x-amz-copy-source=photos%2Fk", copy).Refusal);
    }

    [Fact]
    public void Part_copy_and_rename_name_their_sources()
    {
        var part = Classify(
            "PUT",
            "/photos/k?partNumber=1&uploadId=u",
            new S3Header("x-amz-copy-source", "/raw-photos/a")
        );
        Assert.Equal((S3Operation.UploadPartCopy, S3Right.Read), (part.Operation, part.SourceRight));
        var rename = Classify("PUT", "/photos/k?renameObject", new S3Header("x-amz-rename-source", "raw-photos/a"));
        Assert.Equal((S3Operation.RenameObject, S3Right.ReadWrite), (rename.Operation, rename.SourceRight));
    }

    [Fact]
    public void Form_upload_needs_read_and_write_and_its_acl_is_judged_alike()
    {
        var form = Classify("POST", "/photos", new S3Header("Content-Type", "multipart/form-data; boundary=x"));
        Assert.Equal((S3Operation.PostObject, S3Right.ReadWrite), (form.Operation, form.Right));
        Assert.Equal(
            S3Operation.Unknown,
            Classify("POST", "/photos/k", new S3Header("Content-Type", "multipart/form-data")).Operation
        );
        Assert.Equal(S3Right.None, S3Classifier.RightOfAcl(null));
        Assert.Equal(S3Right.ReadWrite, S3Classifier.RightOfAcl("public-read"));
        Assert.Equal(S3Right.FullAccess, S3Classifier.RightOfAcl("mine"));
    }

    [Fact]
    public void Every_captured_request_of_a_real_client_is_known()
    {
        var addressing = new S3Addressing { Domains = ["s3.localtest"], AllowDotSegments = true };
        HashSet<S3Operation> seen = [];
        foreach (var capture in SignatureData.Captures)
        {
            var address = S3Address.Read(capture.Head, addressing);
            var request = S3Classifier.Classify(capture.Head, address, addressing);
            Assert.True(request.Refusal is S3Refusal.None, $"{capture}: {request.Refusal}");
            Assert.True(
                request.Operation is not S3Operation.Unknown,
                $"{capture}: {capture.Head.Method} {capture.Head.Target}"
            );
            seen.Add(request.Operation);
        }

        Assert.True(seen.Count >= 25, $"{seen.Count} operations");
    }

    [Fact]
    public void Table_has_one_row_for_each_request_except_the_reads_opened_to_limited_keys()
    {
        var doubled = S3OperationTable
            .Rows.GroupBy(row => (row.Level, row.Method, row.SubResource))
            .Where(group => group.Count() > 1)
            .ToArray();
        Assert.All(doubled, group => Assert.Equal((S3Level.Bucket, "GET"), (group.Key.Level, group.Key.Method)));
        Assert.Equal(["cors", "tagging", "versioning"], doubled.Select(g => g.Key.SubResource).Order());
        Assert.DoesNotContain(S3OperationTable.Rows, row => row.Right is S3Right.None);
        Assert.All(
            S3OperationTable.Rows.Where(row => row.Right is S3Right.Read),
            row => Assert.True(row.Method is "GET" or "HEAD" || row.SubResource == "select", row.ToString())
        );
    }

    private static S3Request Classify(string method, string target, params S3Header[] headers)
    {
        var head = new S3RequestHead(method, target, (S3Header[])[new("Host", "127.0.0.1:8100"), .. headers]);
        return S3Classifier.Classify(head, S3Address.Read(head, S3Addressing.Default), S3Addressing.Default);
    }
}
