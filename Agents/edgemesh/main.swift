print("edgemesh")
