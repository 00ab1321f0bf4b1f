namespace ControlPanel.Verification.SigV4;

/// <summary>
/// One pass over the headers: what the parsers need, and a refusal for everything that two servers could read
/// differently.
/// </summary>
internal struct HeadScan
{
    public string? Authorization;
    public string? AmzDate;
    public string? Date;
    public string? ContentHash;
    public string? SecurityToken;
    public string? Trailer;
    public bool HasHost;
    public bool AnnouncesBody;
    private bool _several;
    private bool _duplicate;
    private bool _underscore;
    private bool _control;
    private bool _hasLength;
    private bool _hasTransferEncoding;
    private bool _seenMd5;
    private bool _seenType;
    private bool _seenDecodedLength;
    private bool _seenCopySource;
    private bool _seenAcl;

    public static HeadScan Of(in S3RequestHead head)
    {
        var scan = new HeadScan();
        foreach (ref readonly var header in head.Headers.Span)
        {
            scan.Read(header);
        }

        return scan;
    }

    public readonly SignatureRefusal Refusal =>
        this switch
        {
            { _several: true } => SignatureRefusal.SeveralCredentials,
            { _control: true } => SignatureRefusal.MalformedHeader,
            { _underscore: true } => SignatureRefusal.UnderscoreHeader,
            { _duplicate: true } => SignatureRefusal.DuplicateHeader,
            { _hasLength: true, _hasTransferEncoding: true } => SignatureRefusal.AmbiguousFraming,
            { HasHost: false } => SignatureRefusal.HostMissing,
            _ => SignatureRefusal.None,
        };

    private void Read(in S3Header header)
    {
        var name = header.Name;
        _underscore |= name.Contains('_', StringComparison.Ordinal);
        _control |= header.Value.AsSpan().ContainsAny('\r', '\n', '\0');
        switch (name.Length)
        {
            case 4 when Is(name, "host"):
                Mark(ref HasHost);
                break;
            case 4 when Is(name, "date"):
                Take(ref Date, header.Value);
                break;
            case 9 when Is(name, "x-amz-acl"):
                Mark(ref _seenAcl);
                break;
            case 10 when Is(name, "x-amz-date"):
                Take(ref AmzDate, header.Value);
                break;
            case 11 when Is(name, "content-md5"):
                Mark(ref _seenMd5);
                break;
            case 12 when Is(name, "content-type"):
                Mark(ref _seenType);
                break;
            case 13 when Is(name, "authorization"):
                _several |= Authorization is not null;
                Authorization = header.Value;
                break;
            case 13 when Is(name, "x-amz-trailer"):
                Take(ref Trailer, header.Value);
                break;
            case 14 when Is(name, "content-length"):
                Mark(ref _hasLength);
                AnnouncesBody |= header.Value.AsSpan().ContainsAnyExcept('0', ' ');
                break;
            case 17 when Is(name, "transfer-encoding"):
                Mark(ref _hasTransferEncoding);
                AnnouncesBody = true;
                break;
            case 17 when Is(name, "x-amz-copy-source"):
                Mark(ref _seenCopySource);
                break;
            case 20 when Is(name, "x-amz-content-sha256"):
                Take(ref ContentHash, header.Value);
                break;
            case 20 when Is(name, "x-amz-security-token"):
                Take(ref SecurityToken, header.Value);
                break;
            case 28 when Is(name, "x-amz-decoded-content-length"):
                Mark(ref _seenDecodedLength);
                break;
            default:
                break;
        }
    }

    private static bool Is(string name, string wanted) => S3RequestHead.IsNamed(name, wanted);

    private void Take(ref string? slot, string value)
    {
        _duplicate |= slot is not null;
        slot = value;
    }

    private void Mark(ref bool seen)
    {
        _duplicate |= seen;
        seen = true;
    }
}
